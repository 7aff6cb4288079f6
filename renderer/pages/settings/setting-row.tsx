/** One setting: what it is, what it is set to, what it would be by default, and where the file sets it. */
import type { ReactNode } from 'react';
import { Anchor, Badge, Button, Code, Group, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconArrowBackUp } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { Setting, SettingList, SettingValue } from '../../../core/api/settings.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { showSaved } from '../../components/show-saved.tsx';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { SettingControl, rangeOf } from './setting-control.tsx';
import { textsOf } from './setting-texts.ts';
import { isSameValue, shownValue, valueOf } from './setting-values.ts';
import classes from './settings.module.css';
import { useSettingEdit } from './use-setting-edit.ts';
import type { SettingEdit } from './use-setting-edit.ts';

interface Props {
  readonly setting: Setting;
  readonly list: SettingList;
  readonly reload: () => Promise<SettingList>;
  /** Whether the setting that this one needs is on. */
  readonly isNeedMet: boolean;
  /** It was changed, and the running Sluice has the earlier value. */
  readonly waitsForRestart: boolean;
  /** A search looks for others. */
  readonly isHidden: boolean;
  /** The address names it. */
  readonly isHere: boolean;
}

const LONGEST_VALUE = 160;
const ADDRESS = 'external-controller';

export function SettingRow(props: Props): ReactNode {
  const { setting, list, reload, isNeedMet, waitsForRestart, isHidden, isHere } = props;
  const { t, language } = useI18n();
  const { path, file, shape, isSecret } = setting;
  const { title, help, none } = textsOf(path, language);
  const show = (value: SettingValue | null): string =>
    printable(shownValue(value, setting, none, t), LONGEST_VALUE);
  const own = useSettingEdit({
    setting,
    hash: list.hash,
    reload,
    onSaved: (before, value, done) => {
      const values = {
        before: show(before.file?.value ?? setting.default),
        after: show(value ?? setting.default),
      };
      const told = isSecret
        ? t('settings.changed', { name: title })
        : t('settings.saved', { name: title, ...values });
      showSaved(done, t, told, reload);
    },
  });
  // Another address takes this page away.
  const edit: SettingEdit = path === ADDRESS ? { ...own, save: saveAddress } : own;

  function saveAddress(value: SettingValue | null): Promise<void> {
    modals.openConfirmModal({
      title,
      children: t('settings.addressText', { address: show(value ?? setting.default) }),
      labels: { confirm: t('settings.save'), cancel: t('app.cancel') },
      onConfirm: () => void own.save(value),
    });
    return Promise.resolve();
  }

  const usual = t('settings.default', { value: show(setting.default) });
  const range = rangeOf(setting, t);
  const isOddlyWritten = file !== null && file.value === null;
  const isDisabled = list.notEditable !== null || isOddlyWritten || (!isNeedMet && file === null);
  const isRefused =
    file !== null && !isOddlyWritten && !isSecret && !isSameValue(setting.value, file.value);
  const ids = { help: `help-${path}`, problem: `problem-${path}` };
  const name = printable(title);
  return (
    <div
      id={`option-${path}`}
      className={classes.row}
      hidden={isHidden}
      data-path={path}
      data-set={file !== null}
      data-here={isHere}
      data-wide={shape.kind === 'map'}
    >
      <div>
        <Group gap={8} align="center">
          <Text component="h3" size="sm" fw={600} m={0}>
            {name}
          </Text>
          {waitsForRestart ? (
            <Badge size="sm" color="orange" variant="light" tt="none">
              {t('settings.waitsForRestart')}
            </Badge>
          ) : (
            setting.needsRestart && (
              <Badge size="sm" color="gray" variant="light" tt="none">
                {t('settings.needsRestart')}
              </Badge>
            )
          )}
        </Group>
        <Code className="mono">{path}</Code>
        <Text id={ids.help} size="sm" c="dimmed" mt={4}>
          {help}
          {!isNeedMet &&
            ` ${t('settings.needs', { name: textsOf(setting.needs ?? '', language).title })}`}
        </Text>
      </div>
      <div className={classes.control}>
        <SettingControl
          setting={setting}
          edit={edit}
          title={name}
          none={none ?? t('settings.none')}
          isDisabled={isDisabled}
          describedBy={edit.problem === null ? ids.help : `${ids.problem} ${ids.help}`}
          isWrong={edit.problem !== null}
        />
        {edit.problem !== null && (
          <Text id={ids.problem} size="sm" c="red" role="alert" className="breaks">
            {edit.problem.kind === 'refused' ? (
              <ErrorText error={edit.problem.error} />
            ) : (
              t('settings.meanwhile', {
                value: isSecret ? '…' : show(edit.problem.value ?? setting.default),
              })
            )}
          </Text>
        )}
        {edit.typed !== null && (
          <Group gap={6} justify="flex-end">
            <Button
              size="compact-sm"
              loading={edit.isSaving}
              onClick={() =>
                void edit.save(edit.typed === null ? null : valueOf(edit.typed, setting))
              }
            >
              {t('settings.save')}
            </Button>
            <Button size="compact-sm" variant="default" onClick={edit.discard}>
              {t('settings.discard')}
            </Button>
          </Group>
        )}
        {isOddlyWritten && (
          <Text size="sm">
            {t('settings.inFile')}{' '}
            <Anchor component={Link} href={`/rules?line=${file.line}`} size="sm" underline="always">
              {t('settings.editInFile')}
            </Anchor>
          </Text>
        )}
        {isRefused && (
          <Text size="xs" c="orange">
            {t('settings.inForce', { value: show(setting.value) })}
          </Text>
        )}
        <div className={classes.foot}>
          <Text span size="xs" c="dimmed">
            {[usual, range].filter((text) => text !== '').join(' · ')}
          </Text>
          {file !== null && (
            <>
              <Anchor
                component={Link}
                href={`/rules?line=${file.line}`}
                size="xs"
                underline="always"
                aria-label={t('settings.lineLabel', { name, line: file.line })}
              >
                {t('settings.line', { line: file.line })}
              </Anchor>
              <Button
                size="compact-xs"
                variant="subtle"
                leftSection={<IconArrowBackUp size={13} />}
                aria-label={t('settings.resetLabel', { name })}
                disabled={list.notEditable !== null || edit.isSaving}
                onClick={() => {
                  edit.discard();
                  void edit.save(null);
                }}
              >
                {t('settings.reset')}
              </Button>
            </>
          )}
        </div>
      </div>
    </div>
  );
}
