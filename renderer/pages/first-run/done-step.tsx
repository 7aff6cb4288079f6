/** After it is switched on: the proof that it works, and what to look at next. */
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import {
  Group,
  Paper,
  SimpleGrid,
  Stack,
  Text,
  ThemeIcon,
  Title,
  UnstyledButton,
} from '@mantine/core';
import {
  IconArrowsExchange,
  IconCheck,
  IconNetwork,
  IconScript,
  IconServer2,
} from '@tabler/icons-react';
import type { Icon } from '@tabler/icons-react';
import { Link } from 'wouter';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import classes from './first-run.module.css';

const NEXT = ['connections', 'rules', 'upstreams', 'network'] as const;

const icons: Readonly<Record<(typeof NEXT)[number], Icon>> = {
  connections: IconArrowsExchange,
  rules: IconScript,
  upstreams: IconServer2,
  network: IconNetwork,
};

const EXAMPLE = 'example.com';

/** `target` empty: the rules of a whole configuration decide. */
export function DoneStep({ target }: { readonly target: string }): ReactNode {
  const { t } = useI18n();
  const way = useWay();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Stack gap="lg" align="center" py="lg">
      <ThemeIcon size={64} radius="xl" color="teal" variant="light">
        <IconCheck size={36} stroke={2.5} />
      </ThemeIcon>
      <Stack gap={4} align="center" maw="100%">
        <Title order={2} size="h3" ta="center" tabIndex={-1} ref={heading}>
          {t('firstRun.done')}
        </Title>
        <Text c="dimmed" ta="center" className="breaks">
          {target === ''
            ? t('firstRun.doneRules')
            : target === 'DIRECT'
              ? t('firstRun.doneStraight')
              : t('firstRun.doneText', { name: printable(target) })}
        </Text>
      </Stack>
      {way !== '' && (
        <Paper withBorder p="sm">
          <Text size="sm" ta="center" className="mono breaks">
            https://{EXAMPLE} → {printable(way)}
          </Text>
        </Paper>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2 }} w="100%">
        {NEXT.map((page) => (
          <NextCard key={page} page={page} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function NextCard({ page }: { readonly page: (typeof NEXT)[number] }): ReactNode {
  const { t } = useI18n();
  const PageIcon = icons[page];
  return (
    <UnstyledButton component={Link} href={`/${page}`} className={classes.way}>
      <Group wrap="nowrap" gap="sm" align="start">
        <PageIcon size={22} stroke={1.6} style={{ flexShrink: 0 }} />
        <div>
          <Text fw={600} size="sm">
            {t(`nav.${page}`)}
          </Text>
          <Text size="xs" c="dimmed">
            {t(`firstRun.next.${page}`)}
          </Text>
        </div>
      </Group>
    </UnstyledButton>
  );
}

/** Where an ordinary connection goes by the rules that are in force; empty until core has told it. */
function useWay(): string {
  const [way, setWay] = useState('');
  useEffect(() => {
    const body = { host: EXAMPLE, port: 443, network: 'tcp' } as const;
    call(endpoints.explain, { body }).then(
      ({ chain, target }) => setWay(chain.length === 0 ? target : chain.join(' → ')),
      // It is only an example.
      () => undefined,
    );
  }, []);
  return way;
}
