/** One query: what was asked, who answered it and why, and the whole answer. */
import type { ReactNode } from 'react';
import { Alert, Code, Drawer, Stack, Text } from '@mantine/core';
import type { DnsQueryInfo } from '../../../core/api/dns.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { FactList } from '../../components/fact-list.tsx';
import { formatDateTime, formatMilliseconds, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { clientOf } from './query-columns.ts';

export function QueryDrawer(props: {
  /** Null: nothing is open. */
  readonly query: DnsQueryInfo | null;
  readonly onClose: () => void;
}): ReactNode {
  const { query, onClose } = props;
  return (
    <Drawer
      position="right"
      opened={query !== null}
      onClose={onClose}
      title={query === null ? '' : printable(`${query.name} ${query.type}`)}
      styles={{ title: { overflowWrap: 'anywhere' } }}
    >
      {query !== null && <Details query={query} />}
    </Drawer>
  );
}

function Details({ query }: { readonly query: DnsQueryInfo }): ReactNode {
  const { t, language } = useI18n();
  const { source, answer, error } = query;
  return (
    <Stack>
      <Text size="sm">{t(`dns.why.${source}`)}</Text>
      {error !== null && (
        <Alert color="red">
          <ErrorText error={error} />
        </Alert>
      )}
      <FactList
        facts={[
          [t('dns.by'), t(`dns.source.${source}`)],
          [t('dns.source.server'), query.server ?? ''],
          [t('dns.policy'), query.policy ?? ''],
          [t('dns.rcode'), query.rcode],
          [t('dns.took'), formatMilliseconds(query.ms)],
          [t('dns.time'), formatDateTime(query.time, language)],
          [t('dns.client'), clientOf(query, t)],
          [t('dns.transport'), query.client === null ? '' : query.transport.toUpperCase()],
        ]}
      />
      {answer.length > 0 && (
        <Code
          block
          aria-label={t('dns.answer')}
          style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
        >
          {answer.map((record) => `${printable(record, 1000)}\n`)}
        </Code>
      )}
    </Stack>
  );
}
