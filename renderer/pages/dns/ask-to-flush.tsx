/** Forgetting what DNS remembers, after asking. */
import { Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import type { FlushTarget } from '../../../core/api/dns.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { showFailure } from '../../components/show-failure.tsx';
import type { Translate } from '../../i18n/translate.ts';

export function askToFlush(what: FlushTarget, t: Translate, done?: () => void): void {
  const parts = what === 'all' ? (['cache', 'fake-ip'] as const) : [what];
  modals.openConfirmModal({
    title: t(`dns.flush.${what}`),
    children: (
      <Stack gap="xs">
        {parts.map((part) => (
          <Text key={part} size="sm">
            {t(`dns.flushText.${part}`)}
          </Text>
        ))}
      </Stack>
    ),
    labels: { confirm: t('dns.flush'), cancel: t('app.cancel') },
    confirmProps: { color: 'red' },
    onConfirm: () => {
      call(endpoints.dnsFlush, { body: { what } })
        .then(() => notifications.show({ message: t('dns.flushed') }), showFailure)
        .finally(done);
    },
  });
}
