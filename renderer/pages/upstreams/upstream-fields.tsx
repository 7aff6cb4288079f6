/** The fields of an upstream; only those that its type has a use for. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import {
  Button,
  Checkbox,
  Collapse,
  Group,
  Input,
  MultiSelect,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Textarea,
} from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { UpstreamList } from '../../../core/api/upstreams.ts';
import { nameOptions } from '../../components/name-options.ts';
import { useLateFocus } from '../../components/use-late-focus.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import classes from './upstreams.module.css';
import { has, pastedAddress } from './upstream-form.ts';
import type { Problems, UpstreamForm } from './upstream-form.ts';

const typeNames = { socks5: 'SOCKS5', http: 'HTTP', socks4a: 'SOCKS4a', socks4: 'SOCKS4' } as const;
const typesInOrder = ['socks5', 'http', 'socks4a', 'socks4'] as const;

export interface FieldsProps {
  readonly form: UpstreamForm;
  readonly onChange: (change: Partial<UpstreamForm>) => void;
  readonly problems: Problems;
}

/** What every upstream has. */
export function MainFields(
  props: FieldsProps & {
    /** Whether typing begins here. */
    readonly isFocused?: boolean;
  },
): ReactNode {
  const { form, onChange, problems, isFocused = false } = props;
  const { t } = useI18n();
  const first = useLateFocus<HTMLInputElement>(isFocused);
  const errorOf = (field: keyof UpstreamForm): string | null => {
    const key = problems[field];
    return key === undefined ? null : t(key);
  };

  function typeServer(text: string): void {
    const pasted = pastedAddress(text);
    if (pasted === null) onChange({ server: text });
    else onChange({ ...pasted, ...(form.name === '' ? {} : { name: form.name }) });
  }

  return (
    <Stack gap="sm">
      <div>
        <Input.Label id="upstream-type" labelElement="div">
          {t('upstreams.form.type')}
        </Input.Label>
        <SegmentedControl
          fullWidth
          aria-labelledby="upstream-type"
          classNames={{ label: classes.segment ?? '' }}
          value={form.type}
          data={typesInOrder.map((value) => ({ value, label: typeNames[value] }))}
          onChange={(type) => onChange({ type })}
        />
      </div>
      <TextInput
        label={t('upstreams.form.name')}
        value={form.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        error={errorOf('name')}
        maxLength={128}
        autoComplete="off"
        // The attribute for a drawer that opens, the other where the form comes after it.
        ref={first}
        {...(isFocused ? { 'data-autofocus': true } : {})}
      />
      <Group gap="sm" align="start" wrap="nowrap">
        <TextInput
          label={t('upstreams.form.server')}
          aria-describedby="upstream-server-help"
          value={form.server}
          onChange={(event) => typeServer(event.currentTarget.value)}
          error={errorOf('server')}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          flex={1}
        />
        <TextInput
          label={t('upstreams.form.port')}
          value={form.port}
          onChange={(event) => onChange({ port: event.currentTarget.value.trim() })}
          error={errorOf('port')}
          inputMode="numeric"
          autoComplete="off"
          w={96}
        />
      </Group>
      <Text size="xs" c="dimmed" mt={-6} id="upstream-server-help">
        {t('upstreams.form.serverHelp')}
      </Text>
      <Group gap="sm" align="start" grow preventGrowOverflow={false}>
        <TextInput
          label={t('upstreams.form.username')}
          value={form.username}
          onChange={(event) => onChange({ username: event.currentTarget.value })}
          error={errorOf('username')}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          miw={140}
        />
        {has.password(form) && (
          <PasswordInput
            label={t('upstreams.form.password')}
            value={form.password}
            onChange={(event) => onChange({ password: event.currentTarget.value })}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('upstreams.form.showPassword') }}
            miw={140}
          />
        )}
      </Group>
      {has.udp(form) && (
        <Switch
          label={t('upstreams.form.udp')}
          description={t('upstreams.form.udpHelp')}
          checked={form.udp}
          onChange={(event) => onChange({ udp: event.currentTarget.checked })}
        />
      )}
    </Stack>
  );
}

/** Where it is used. */
export function UseFields(
  props: FieldsProps & { readonly file: UpstreamList; readonly isNew: boolean },
): ReactNode {
  const { form, onChange, file, isNew } = props;
  const { t } = useI18n();
  const target = file.match?.target ?? 'DIRECT';
  return (
    <Stack gap="sm">
      {file.groups.length > 0 && (
        <MultiSelect
          label={t('upstreams.form.groups')}
          data={nameOptions(file.groups.map(({ name }) => name))}
          value={[...form.groups]}
          onChange={(groups) => onChange({ groups })}
          searchable
          clearable
        />
      )}
      {isNew && (
        <Checkbox
          label={t('upstreams.form.match')}
          description={t('upstreams.form.matchNow', { name: printable(target) })}
          checked={form.match}
          onChange={(event) => onChange({ match: event.currentTarget.checked })}
        />
      )}
    </Stack>
  );
}

/** What few need: TLS, headers, another proxy in front. */
export function MoreFields(
  props: FieldsProps & { readonly dialers: readonly string[]; readonly startsOpen: boolean },
): ReactNode {
  const { form, onChange, problems, dialers, startsOpen } = props;
  const { t } = useI18n();
  const [isOpen, setIsOpen] = useState(startsOpen);
  const isShown = isOpen || problems.fingerprint !== undefined || problems.headers !== undefined;
  const Chevron = isShown ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        leftSection={<Chevron size={16} />}
        aria-expanded={isShown}
        onClick={() => setIsOpen(!isShown)}
      >
        {t('upstreams.form.more')}
      </Button>
      <Collapse expanded={isShown}>
        <Stack gap="sm" mt="xs">
          {has.tls(form) && <TlsFields form={form} onChange={onChange} problems={problems} />}
          <Select
            label={t('upstreams.form.dialer')}
            description={t('upstreams.form.dialerHelp')}
            data={nameOptions(dialers)}
            value={form.dialerProxy === '' ? null : form.dialerProxy}
            onChange={(name) => onChange({ dialerProxy: name ?? '' })}
            placeholder={t('upstreams.form.noDialer')}
            searchable
            clearable
          />
          {has.headers(form) && (
            <Textarea
              label={t('upstreams.form.headers')}
              description={t('upstreams.form.headersHelp')}
              placeholder="X-Client: office"
              value={form.headers}
              onChange={(event) => onChange({ headers: event.currentTarget.value })}
              error={problems.headers === undefined ? null : t(problems.headers)}
              autosize
              minRows={2}
              maxRows={8}
              spellCheck={false}
            />
          )}
        </Stack>
      </Collapse>
    </div>
  );
}

function TlsFields({ form, onChange, problems }: FieldsProps): ReactNode {
  const { t } = useI18n();
  return (
    <>
      <Switch
        label={t('upstreams.form.tls')}
        description={t('upstreams.form.tlsHelp')}
        checked={form.hasTls}
        onChange={(event) => onChange({ hasTls: event.currentTarget.checked })}
      />
      {form.hasTls && (
        <Stack gap="sm" pl="md">
          <TextInput
            label={t('upstreams.form.sni')}
            placeholder={form.server}
            value={form.sni}
            onChange={(event) => onChange({ sni: event.currentTarget.value })}
            spellCheck={false}
            autoComplete="off"
          />
          <TextInput
            label={t('upstreams.form.fingerprint')}
            description={t('upstreams.form.fingerprintHelp')}
            value={form.fingerprint}
            onChange={(event) => onChange({ fingerprint: event.currentTarget.value })}
            error={problems.fingerprint === undefined ? null : t(problems.fingerprint)}
            spellCheck={false}
            autoComplete="off"
          />
          <Textarea
            label={t('upstreams.form.ca')}
            placeholder="-----BEGIN CERTIFICATE-----"
            value={form.caText}
            onChange={(event) => onChange({ caText: event.currentTarget.value })}
            autosize
            minRows={2}
            maxRows={6}
            spellCheck={false}
          />
          <Checkbox
            label={t('upstreams.form.skip')}
            description={t('upstreams.form.skipHelp')}
            checked={form.skipCertVerify}
            onChange={(event) => onChange({ skipCertVerify: event.currentTarget.checked })}
          />
        </Stack>
      )}
    </>
  );
}
