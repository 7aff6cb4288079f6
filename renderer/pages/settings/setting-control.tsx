/** What a setting is changed with: a switch, a choice, a field or a table, as its shape wants. */
import type { KeyboardEvent, ReactNode } from 'react';
import {
  PasswordInput,
  SegmentedControl,
  Select,
  Switch,
  Text,
  TextInput,
  Textarea,
} from '@mantine/core';
import type { Setting } from '../../../core/api/settings.ts';
import { formatBytes } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { MapEditor } from './map-editor.tsx';
import { typedOf, valueOf } from './setting-values.ts';
import classes from './settings.module.css';
import type { SettingEdit } from './use-setting-edit.ts';

interface Props {
  readonly setting: Setting;
  readonly edit: SettingEdit;
  readonly title: string;
  /** What it means that nothing is set. */
  readonly none: string;
  readonly isDisabled: boolean;
  /** Of what says more: the help, the error. */
  readonly describedBy: string;
  readonly isWrong: boolean;
}

/** As many characters fit beside each other. */
const WIDEST_CHOICES = 26;

export function SettingControl(props: Props): ReactNode {
  switch (props.setting.shape.kind) {
    case 'switch':
      return <SwitchControl {...props} />;
    case 'choice':
      return <ChoiceControl {...props} choices={props.setting.shape.choices} />;
    case 'map':
      return <MapControl {...props} />;
    default:
      return <FieldControl {...props} />;
  }
}

function SwitchControl({ setting, edit, title, isDisabled, describedBy }: Props): ReactNode {
  const { t } = useI18n();
  const value = setting.file?.value ?? setting.default;
  if (setting.default === null) {
    const shown = value === null ? 'auto' : value === true ? 'on' : 'off';
    return (
      <SegmentedControl
        size="xs"
        aria-label={title}
        aria-describedby={describedBy}
        value={shown}
        disabled={isDisabled || edit.isSaving}
        onChange={(next) => void edit.save(next === 'auto' ? null : next === 'on')}
        data={(['auto', 'on', 'off'] as const).map((each) => ({
          value: each,
          label: t(`settings.${each}`),
        }))}
      />
    );
  }
  return (
    <div className={classes.switch}>
      <Switch
        size="md"
        aria-label={title}
        aria-describedby={describedBy}
        checked={value === true}
        disabled={isDisabled || edit.isSaving}
        onChange={(event) => void edit.save(event.currentTarget.checked)}
      />
    </div>
  );
}

function ChoiceControl({
  setting,
  edit,
  title,
  isDisabled,
  describedBy,
  choices,
}: Props & { readonly choices: readonly string[] }): ReactNode {
  const value = setting.file?.value ?? setting.default;
  const shared = {
    'aria-label': title,
    'aria-describedby': describedBy,
    value: typeof value === 'string' ? value : '',
    disabled: isDisabled || edit.isSaving,
    data: [...choices],
  };
  const save = (next: string | null): void => {
    if (next !== null && next !== value) void edit.save(next);
  };
  if (choices.join('').length <= WIDEST_CHOICES && choices.length <= 4) {
    return <SegmentedControl {...shared} size="xs" fullWidth onChange={save} />;
  }
  return <Select {...shared} allowDeselect={false} onChange={save} />;
}

function FieldControl(props: Props): ReactNode {
  const { setting, edit, title, none, isDisabled, describedBy, isWrong } = props;
  const { t } = useI18n();
  const { shape, file, isSecret } = setting;
  const typed = edit.typed ?? typedOf(file?.value ?? null, setting);
  const text = typeof typed === 'string' ? typed : '';
  const isList = shape.kind === 'list';
  const shared = {
    'aria-label': title,
    'aria-describedby': describedBy,
    value: text,
    error: isWrong,
    disabled: isDisabled || edit.isSaving,
    spellCheck: false,
    autoComplete: 'off',
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      edit.type(event.currentTarget.value),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Escape' && edit.typed !== null) edit.discard();
      const isSave = event.key === 'Enter' && (!isList || event.ctrlKey || event.metaKey);
      if (!isSave || edit.typed === null) return;
      event.preventDefault();
      void edit.save(valueOf(edit.typed, setting));
    },
  };
  const usual = typedOf(setting.default, setting);
  const placeholder = usual === '' || typeof usual !== 'string' ? none : usual;
  if (isList) {
    return (
      <Textarea
        {...shared}
        placeholder={placeholder}
        autosize
        minRows={1}
        maxRows={10}
        classNames={{ input: 'mono' }}
      />
    );
  }
  if (isSecret) return <PasswordInput {...shared} placeholder={placeholder} />;
  return (
    <TextInput
      {...shared}
      placeholder={placeholder}
      inputMode={shape.kind === 'integer' ? 'numeric' : 'text'}
      rightSection={
        setting.unit === '' ? null : (
          <Text size="sm" c="dimmed">
            {t(`settings.unit.${setting.unit}`)}
          </Text>
        )
      }
      rightSectionWidth={setting.unit === '' ? undefined : 56}
    />
  );
}

/** Empty where there is none to tell. */
export function rangeOf({ shape, unit }: Setting, t: Translate): string {
  if (shape.kind !== 'integer') return '';
  const large = unit === 'bytes' && shape.max > 1024 * 1024;
  const shown = (value: number): string => (large ? formatBytes(value) : String(value));
  return t('settings.range', { min: shown(shape.min), max: shown(shape.max) });
}

function MapControl({ setting, edit, title, isDisabled }: Props): ReactNode {
  const typed = edit.typed ?? typedOf(setting.file?.value ?? null, setting);
  return (
    <MapEditor
      label={title}
      lines={typeof typed === 'string' ? [] : typed}
      isDisabled={isDisabled || edit.isSaving}
      onChange={edit.type}
    />
  );
}
