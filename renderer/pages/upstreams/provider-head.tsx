/** A provider of proxies: how it is, what its subscription still holds, and fetching it again. */
import type { ReactNode } from 'react';
import {
  ActionIcon,
  Group,
  Progress,
  Stack,
  Text,
  Title,
  Tooltip,
  UnstyledButton,
} from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconRefresh } from '@tabler/icons-react';
import type { ProxyProviderInfo, SubscriptionInfo } from '../../../core/api/providers.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { formatBytes, formatDateTime, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import type { CardActions } from './actions.ts';
import { providerKey } from './upstream-rows.ts';
import classes from './upstreams.module.css';

export function ProviderHead(props: {
  readonly provider: ProxyProviderInfo;
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  readonly actions: CardActions;
}): ReactNode {
  const { provider, isOpen, isBusy, actions } = props;
  const { t, language } = useI18n();
  const name = printable(provider.name);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <section className={classes.providerHead} aria-label={name}>
      <Group gap="sm" wrap="nowrap">
        <UnstyledButton
          className={classes.fill}
          aria-expanded={isOpen}
          onClick={() => actions.toggle(providerKey(provider.name), !isOpen)}
        >
          <Group gap="xs" wrap="nowrap">
            <Chevron size={18} style={{ flexShrink: 0 }} />
            <div className={classes.fill}>
              <Title order={2} size="h4" className="clip">
                {name}
              </Title>
              <Text size="xs" c="dimmed" className="clip">
                {factsOf(provider, t, language).join(' · ')}
              </Text>
            </div>
          </Group>
        </UnstyledButton>
        {provider.type !== 'inline' && (
          <Tooltip label={t('upstreams.refresh')}>
            <ActionIcon
              variant="default"
              aria-label={t('upstreams.refreshNamed', { name })}
              loading={isBusy}
              onClick={() => actions.refreshProvider(provider.name)}
            >
              <IconRefresh size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
      {provider.subscription !== null && <Subscription info={provider.subscription} />}
      {provider.error !== null && (
        <Text size="sm" c="red" mt={4} role="status">
          <ErrorText error={provider.error} />
        </Text>
      )}
    </section>
  );
}

function factsOf(provider: ProxyProviderInfo, t: Translate, language: string): string[] {
  const { count, updatedAt, nextRefresh, broken, unsupported } = provider;
  const unknown = Object.entries(unsupported).map(([type, n]) => `${n} ${printable(type)}`);
  const facts = [t('upstreams.count', { count })];
  if (updatedAt !== null) {
    facts.push(t('upstreams.updated', { time: formatDateTime(updatedAt, language) }));
  }
  if (nextRefresh !== null) {
    facts.push(t('upstreams.next', { time: formatDateTime(nextRefresh, language) }));
  }
  if (broken > 0) facts.push(t('upstreams.broken', { count: broken }));
  if (unknown.length > 0) facts.push(t('upstreams.unsupported', { list: unknown.join(', ') }));
  return facts;
}

function Subscription({ info }: { readonly info: SubscriptionInfo }): ReactNode {
  const { t, language } = useI18n();
  const used = (info.upload ?? 0) + (info.download ?? 0);
  const { total, expire } = info;
  const hasUse = info.upload !== null || info.download !== null;
  if (!hasUse && total === null && expire === null) return null;
  const share = total === null || total === 0 ? null : Math.min(100, (used / total) * 100);
  const isOver = expire !== null && Date.parse(expire) < Date.now();
  return (
    <Stack gap={4} mt="xs">
      {share !== null && (
        <Progress
          value={share}
          {...(share > 90 ? { color: 'red' } : {})}
          aria-label={t('upstreams.quota')}
        />
      )}
      <Group gap="md">
        {hasUse && (
          <Text size="xs" className="number">
            {total === null
              ? t('upstreams.used', { used: formatBytes(used) })
              : t('upstreams.usedOf', { used: formatBytes(used), total: formatBytes(total) })}
          </Text>
        )}
        {expire !== null && (
          <Text size="xs" {...(isOver ? { c: 'red' } : {})}>
            {t(isOver ? 'upstreams.expired' : 'upstreams.expires', {
              time: formatDateTime(expire, language),
            })}
          </Text>
        )}
      </Group>
    </Stack>
  );
}
