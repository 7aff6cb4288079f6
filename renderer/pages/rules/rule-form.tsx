/** One rule in a form: a new one, or one of the list that is changed where it stands. */
import { useEffect, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import {
  Autocomplete,
  Button,
  Checkbox,
  Code,
  Drawer,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { payloadsFor } from './complete-rule.ts';
import type { Programs } from './complete-rule.ts';
import type { FileNames } from './names-in.ts';
import { MADE_OF_OTHERS, flagsOf, partsOf, textOf } from './rule-parts.ts';
import type { RuleParts } from './rule-parts.ts';
import { BUILT_IN_TARGETS, RULE_TYPES } from './rule-types.ts';
import { NO_PROGRAMS, seenPrograms } from './seen-programs.ts';

const EMPTY: RuleParts = { type: 'DOMAIN-SUFFIX', payload: '', target: '', flags: [] };
const SIMPLE_TYPES = RULE_TYPES.filter((type) => !MADE_OF_OTHERS.has(type));

export type RulePlace = 'first' | 'last';

export function RuleForm(props: {
  /** The text of the rule that is changed; empty: a new one; null: nothing is open. */
  readonly rule: string | null;
  readonly names: FileNames;
  /** Resolves to whether it was done. */
  readonly onSave: (rule: string, place: RulePlace) => Promise<boolean>;
  readonly onClose: () => void;
}): ReactNode {
  const { rule, names, onSave, onClose } = props;
  const { t } = useI18n();
  return (
    <Drawer
      position="right"
      opened={rule !== null}
      onClose={onClose}
      title={t(rule === '' ? 'rules.newRule' : 'rules.changeRule')}
    >
      {rule !== null && <Fields key={rule} {...{ rule, names, onSave, onClose }} />}
    </Drawer>
  );
}

function Fields(props: {
  readonly rule: string;
  readonly names: FileNames;
  readonly onSave: (rule: string, place: RulePlace) => Promise<boolean>;
  readonly onClose: () => void;
}): ReactNode {
  const { rule, names, onSave, onClose } = props;
  const { t } = useI18n();
  const isNew = rule === '';
  const [parts, setParts] = useState(() => (isNew ? EMPTY : partsOf(rule)));
  const [typed, setTyped] = useState(isNew ? '' : rule);
  const [place, setPlace] = useState<RulePlace>('last');
  const [programs, setPrograms] = useState(NO_PROGRAMS);
  const [isSaving, setIsSaving] = useState(false);
  const text = parts === null ? typed.trim() : textOf(parts);
  useEffect(() => void seenPrograms().then(setPrograms), []);

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    setIsSaving(true);
    const isDone = await onSave(text, place);
    setIsSaving(false);
    if (isDone) onClose();
  }

  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t('rules.form.how')}
          value={parts === null ? 'text' : 'form'}
          onChange={(how) => {
            if (how === 'text') {
              if (text !== '') setTyped(text);
              setParts(null);
            } else setParts(typed.trim() === '' ? EMPTY : (partsOf(typed) ?? null));
          }}
          data={[
            {
              value: 'form',
              label: t('rules.form.fields'),
              disabled: parts === null && typed.trim() !== '' && partsOf(typed) === null,
            },
            { value: 'text', label: t('rules.form.text') },
          ]}
        />
        {parts === null ? (
          <TextInput
            label={t('rules.column.rule')}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            placeholder="AND,((DOMAIN-SUFFIX,example.com),(NETWORK,udp)),REJECT"
            spellCheck={false}
            autoComplete="off"
            data-autofocus
          />
        ) : (
          <PartFields parts={parts} names={names} programs={programs} onChange={setParts} />
        )}
        {isNew && (
          <Stack gap={4}>
            <Text size="sm" fw={500} id="rule-place">
              {t('rules.form.place')}
            </Text>
            <SegmentedControl
              aria-labelledby="rule-place"
              value={place}
              onChange={setPlace}
              data={[
                { value: 'last', label: t('rules.form.last') },
                { value: 'first', label: t('rules.form.first') },
              ]}
            />
          </Stack>
        )}
        {text !== '' && (
          <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {printable(text, 1000)}
          </Code>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {t('app.cancel')}
          </Button>
          <Button type="submit" loading={isSaving} disabled={text === '' || text === rule}>
            {t('rules.form.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function PartFields(props: {
  readonly parts: RuleParts;
  readonly names: FileNames;
  readonly programs: Programs;
  readonly onChange: (parts: RuleParts) => void;
}): ReactNode {
  const { parts, names, programs, onChange } = props;
  const { t } = useI18n();
  const { type, payload, target, flags } = parts;
  const known = flagsOf(type);
  const payloads = [...new Set(payloadsFor(type, names, programs))];
  return (
    <>
      <Select
        label={t('rules.form.type')}
        data={SIMPLE_TYPES}
        value={type}
        onChange={(next) => onChange({ ...parts, type: next ?? type })}
        searchable
        allowDeselect={false}
        maxDropdownHeight={280}
      />
      {type !== 'MATCH' && (
        <Autocomplete
          label={t('rules.form.payload')}
          value={payload}
          onChange={(next) => onChange({ ...parts, payload: next })}
          data={payloads}
          // Nothing that is not seen may take the Escape that closes the form.
          {...(payloads.length === 0 ? { dropdownOpened: false } : {})}
          limit={50}
          spellCheck={false}
          autoComplete="off"
          data-autofocus
        />
      )}
      <Autocomplete
        label={t('rules.form.target')}
        value={target}
        onChange={(next) => onChange({ ...parts, target: next })}
        data={[...new Set([...names.targets, ...BUILT_IN_TARGETS])]}
        limit={50}
        spellCheck={false}
        autoComplete="off"
      />
      {known.length > 0 && (
        <Group gap="md">
          {known.map((flag) => (
            <Checkbox
              key={flag}
              label={flag}
              checked={flags.includes(flag)}
              onChange={(event) =>
                onChange({
                  ...parts,
                  flags: event.currentTarget.checked
                    ? [...flags, flag]
                    : flags.filter((one) => one !== flag),
                })
              }
            />
          ))}
        </Group>
      )}
    </>
  );
}
