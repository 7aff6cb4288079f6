/** What of the file names an upstream. */
import type { ReactNode } from 'react';
import { List, Text } from '@mantine/core';
import type { UpstreamUse } from '../../../core/api/upstreams.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';

const SHOWN = 12;

export function UsedBy({ uses }: { readonly uses: readonly UpstreamUse[] }): ReactNode {
  const { t } = useI18n();
  if (uses.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={500}>
        {t('upstreams.usedBy')}
      </Text>
      <List size="sm">
        {uses.slice(0, SHOWN).map(({ kind, text, line }) => (
          <List.Item key={`${kind} ${line} ${text}`} className="breaks">
            {t(`upstreams.use.${kind}`)}: {printable(text)}{' '}
            <Text span size="xs" c="dimmed">
              ({t('explain.line', { line })})
            </Text>
          </List.Item>
        ))}
      </List>
      {uses.length > SHOWN && (
        <Text size="sm" c="dimmed">
          {t('rules.moreProblems', { count: uses.length - SHOWN })}
        </Text>
      )}
    </div>
  );
}
