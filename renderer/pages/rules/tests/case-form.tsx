/** One expectation, in a form: what a flow is like, and where it should go. */
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { Autocomplete, Button, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import type { ExplainRequest } from '../../../../core/api/explain.ts';
import { ZONES } from '../../../../core/api/flows.ts';
import type { Zone } from '../../../../core/api/flows.ts';
import type { RuleCase } from '../../../../core/api/rule-tests.ts';
import { useI18n } from '../../../i18n/i18n.tsx';

interface Fields {
  readonly host: string;
  readonly port: string | number;
  readonly network: 'tcp' | 'udp';
  readonly zone: Zone | null;
  readonly process: string;
  readonly source: string;
  readonly address: string;
  readonly target: string;
  readonly rule: string;
}

export function CaseForm(props: {
  /** Null: a new one. */
  readonly one: RuleCase | null;
  readonly targets: readonly string[];
  readonly onSave: (one: RuleCase) => Promise<boolean>;
}): ReactNode {
  const { one, targets, onSave } = props;
  const { t } = useI18n();
  const [fields, setFields] = useState(() => fieldsOf(one));
  const [isSaving, setIsSaving] = useState(false);
  const canSave = fields.host.trim() !== '' && (fields.target + fields.rule).trim() !== '';

  function set(some: Partial<Fields>): void {
    setFields({ ...fields, ...some });
  }

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    setIsSaving(true);
    if ((await onSave(caseOf(fields, one))) && one === null) setFields(fieldsOf(null));
    setIsSaving(false);
  }

  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack gap="sm">
        <Group gap="sm" align="end" wrap="nowrap">
          <TextInput
            label={t('ruleTests.host')}
            value={fields.host}
            onChange={(event) => set({ host: event.currentTarget.value })}
            placeholder="www.example.com"
            required
            flex={1}
            spellCheck={false}
            autoComplete="off"
            data-autofocus
          />
          <NumberInput
            label={t('ruleTests.port')}
            value={fields.port}
            onChange={(port) => set({ port })}
            placeholder="443"
            min={1}
            max={65_535}
            allowDecimal={false}
            hideControls
            w={90}
          />
        </Group>
        <Group gap="sm" grow align="end">
          <Select
            label={t('ruleTests.network')}
            value={fields.network}
            onChange={(network) => set({ network: network === 'udp' ? 'udp' : 'tcp' })}
            data={[
              { value: 'tcp', label: 'TCP' },
              { value: 'udp', label: 'UDP' },
            ]}
            allowDeselect={false}
          />
          <Select
            label={t('ruleTests.zone')}
            value={fields.zone}
            onChange={(zone) => set({ zone: ZONES.find((known) => known === zone) ?? null })}
            data={ZONES.map((value) => ({ value, label: t(`zone.${value}`) }))}
            placeholder={t('zone.host')}
            clearable
          />
        </Group>
        <TextInput
          label={t('ruleTests.process')}
          description={t('ruleTests.processHelp')}
          value={fields.process}
          onChange={(event) => set({ process: event.currentTarget.value })}
          spellCheck={false}
          autoComplete="off"
        />
        <Group gap="sm" grow align="end">
          <TextInput
            label={t('ruleTests.source')}
            value={fields.source}
            onChange={(event) => set({ source: event.currentTarget.value })}
            spellCheck={false}
            autoComplete="off"
          />
          <TextInput
            label={t('ruleTests.address')}
            value={fields.address}
            onChange={(event) => set({ address: event.currentTarget.value })}
            spellCheck={false}
            autoComplete="off"
          />
        </Group>
        <Autocomplete
          label={t('ruleTests.target')}
          description={t('ruleTests.targetHelp')}
          value={fields.target}
          onChange={(target) => set({ target })}
          data={[...new Set(targets)]}
          limit={20}
        />
        <TextInput
          label={t('ruleTests.rule')}
          description={t('ruleTests.ruleHelp')}
          value={fields.rule}
          onChange={(event) => set({ rule: event.currentTarget.value })}
          className="mono"
          spellCheck={false}
          autoComplete="off"
        />
        <Group justify="end">
          <Button type="submit" loading={isSaving} disabled={!canSave}>
            {t(one === null ? 'rules.add' : 'ruleTests.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function fieldsOf(one: RuleCase | null): Fields {
  const request: Partial<ExplainRequest> = one?.request ?? {};
  return {
    host: request.host ?? '',
    port: request.port ?? '',
    network: request.network ?? 'tcp',
    zone: request.zone ?? null,
    process: request.processPath ?? request.process ?? '',
    source: request.source ?? '',
    address: request.address ?? '',
    target: one?.target ?? '',
    rule: one?.rule ?? '',
  };
}

/** What the form does not show stays as it was. */
function caseOf(fields: Fields, before: RuleCase | null): RuleCase {
  const { host, port, network, zone, process, source, address } = fields;
  const { uid, dscp, sourcePort, inType, inName, inUser, inPort } = before?.request ?? {};
  const name = process.trim();
  const given = Object.entries({
    ...{ uid, dscp, sourcePort, inType, inName, inUser, inPort },
    port: port === '' ? undefined : Number(port),
    network: network === 'tcp' ? undefined : network,
    zone: zone ?? undefined,
    process: name === '' || name.includes('/') ? undefined : name,
    processPath: name.includes('/') ? name : undefined,
    source: source.trim() || undefined,
    address: address.trim() || undefined,
  }).filter(([, value]) => value !== undefined);
  return {
    request: { host: host.trim(), ...Object.fromEntries(given) },
    target: fields.target.trim(),
    rule: fields.rule.trim(),
  };
}
