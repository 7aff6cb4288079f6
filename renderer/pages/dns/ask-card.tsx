/** A query of one's own, asked as a program on this machine would ask it. */
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import {
  Autocomplete,
  Button,
  Card,
  Code,
  Group,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import type { DnsQueryAnswer } from '../../../core/api/dns.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { useBusy } from '../../components/use-busy.ts';
import { formatMilliseconds, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { answeredBy } from './query-columns.ts';

const TYPES = ['A', 'AAAA', 'CNAME', 'HTTPS', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'];

export function AskCard({ switcher }: { readonly switcher: ReactNode }): ReactNode {
  const { t } = useI18n();
  const [name, setName] = useState('');
  const [type, setType] = useState('A');
  const [isReal, setIsReal] = useState(false);
  const [isAsking, begin] = useBusy();
  const [answer, setAnswer] = useState<DnsQueryAnswer | null>(null);

  function ask(event: FormEvent): void {
    event.preventDefault();
    const body = { name: name.trim(), type, real: isReal };
    begin(async () => setAnswer(await call(endpoints.dnsQuery, { body })));
  }

  return (
    <>
      <Group>{switcher}</Group>
      <Card withBorder>
        <form onSubmit={ask}>
          <Stack>
            <Title order={2} size="h4">
              {t('dns.ask.title')}
            </Title>
            <Group align="end">
              <TextInput
                label={t('dns.ask.name')}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                flex={1}
                miw={200}
                autoFocus
                spellCheck={false}
              />
              <Autocomplete
                label={t('dns.type')}
                value={type}
                onChange={setType}
                data={TYPES}
                w={110}
              />
              <Button type="submit" loading={isAsking} disabled={name.trim() === '' || type === ''}>
                {t('dns.ask.send')}
              </Button>
            </Group>
            <Switch
              label={t('dns.ask.real')}
              checked={isReal}
              onChange={(event) => setIsReal(event.currentTarget.checked)}
            />
          </Stack>
        </form>
      </Card>
      {answer !== null && <AnswerCard answer={answer} />}
    </>
  );
}

function AnswerCard({ answer }: { readonly answer: DnsQueryAnswer }): ReactNode {
  const { t } = useI18n();
  return (
    <Card withBorder>
      <Text size="sm" mb="xs">
        {answer.rcode} · {t('dns.by')}: {answeredBy(answer, t)} · {formatMilliseconds(answer.ms)}
      </Text>
      {answer.error !== null && (
        <Text c="red">
          <ErrorText error={answer.error} />
        </Text>
      )}
      {answer.records.length === 0 ? (
        <Text c="dimmed">{t('dns.ask.none')}</Text>
      ) : (
        <Stack gap={4}>
          {answer.records.map((record) => (
            <Group key={`${record.name} ${record.type} ${record.data}`} gap="sm">
              <Code>{record.type}</Code>
              <Text size="sm" className="mono breaks">
                {printable(`${record.name} → ${record.data}`, 1000)}
              </Text>
              <Text size="xs" c="dimmed">
                {t('dns.ttl', { seconds: record.ttl })}
              </Text>
            </Group>
          ))}
        </Stack>
      )}
    </Card>
  );
}
