/** Undo and redo of what was saved. */
import type { ReactNode } from 'react';
import { ActionIcon, Group, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconArrowForwardUp } from '@tabler/icons-react';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { RuleFile } from './draft.ts';
import { changing } from './rule-file.ts';
import { showResult } from '../../components/show-result.ts';
import { useBusy } from '../../components/use-busy.ts';
import { useHistory } from './use-history.ts';

export function TravelButtons({ open }: { readonly open: RuleFile }): ReactNode {
  const { t } = useI18n();
  const [isBusy, begin] = useBusy();
  const { hash } = open.file;
  const history = useHistory(hash);

  async function travel(way: 'undo' | 'redo'): Promise<void> {
    const { result } = await changing(call(endpoints[way], { body: { hash, author: 'ui' } }));
    showResult(result, t, t(`rules.${way}.done`));
  }

  // What is typed would be in conflict with what comes back.
  const isHeld = isBusy || open.draft !== null;
  const buttons = [
    { way: 'undo', icon: IconArrowBackUp },
    { way: 'redo', icon: IconArrowForwardUp },
  ] as const;
  return (
    <Group gap={4}>
      {buttons.map(({ way, icon: WayIcon }) => (
        <Tooltip key={way} label={open.draft === null ? t(`rules.${way}`) : t('rules.saveFirst')}>
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={t(`rules.${way}`)}
            disabled={isHeld || history === null || history[way] === null}
            onClick={() => begin(() => travel(way))}
          >
            <WayIcon size={18} />
          </ActionIcon>
        </Tooltip>
      ))}
    </Group>
  );
}
