/** Makes a rule from connections: what it compares, where it leads, where it stands, and what it would change. */
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Modal } from '@mantine/core';
import type { ConfigText } from '../../../../core/api/edit.ts';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { FlowInfo } from '../../../../core/api/flows.ts';
import type { ProxyList } from '../../../../core/api/proxies.ts';
import type { CandidateList } from '../../../../core/api/rule-preview.ts';
import { call } from '../../../api/client.ts';
import { ErrorText } from '../../../components/error-text.tsx';
import { Waiting } from '../../../components/waiting.tsx';
import { useI18n } from '../../../i18n/i18n.tsx';
import { toldBy } from '../../../i18n/meaning.ts';
import type { Told } from '../../../i18n/meaning.ts';
import { RuleForm } from './rule-form.tsx';
import { RuleMade } from './rule-made.tsx';
import type { Made } from './rule-made.tsx';

/** A request takes as many. */
const MAX_FLOWS = 1000;

export interface Known {
  readonly candidates: CandidateList;
  readonly proxies: ProxyList;
  readonly file: ConfigText;
}

export function MakeRule(props: {
  /** Null: closed. */
  readonly flows: readonly FlowInfo[] | null;
  readonly onClose: () => void;
}): ReactNode {
  const { flows, onClose } = props;
  const { t } = useI18n();
  return (
    <Modal opened={flows !== null} onClose={onClose} size="xl" title={t('makeRule.title')}>
      {flows !== null && <Steps flows={flows} onClose={onClose} />}
    </Modal>
  );
}

function Steps(props: {
  readonly flows: readonly FlowInfo[];
  readonly onClose: () => void;
}): ReactNode {
  const { onClose } = props;
  // As they were when this was opened: the list goes on behind it.
  const [flows] = useState(() => props.flows.slice(0, MAX_FLOWS));
  const { t } = useI18n();
  const [known, setKnown] = useState<Known | null>(null);
  const [failure, setFailure] = useState<Told | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    let isLatest = true;
    find(flows).then(
      (found) => isLatest && setKnown(found),
      (cause: unknown) => isLatest && setFailure(toldBy(cause)),
    );
    return () => {
      isLatest = false;
    };
  }, [flows, turn]);

  function again(): void {
    setMade(null);
    setKnown(null);
    setTurn(turn + 1);
  }

  if (made !== null) {
    return <RuleMade made={made} onUndone={again} onClose={onClose} />;
  }
  if (failure !== null) {
    return (
      <Alert color="red">
        <ErrorText error={failure} />
      </Alert>
    );
  }
  if (known === null) return <Waiting height="100px" />;
  if (known.candidates.known === 0) return <Alert color="orange">{t('makeRule.gone')}</Alert>;
  return (
    <RuleForm
      key={turn}
      flows={flows}
      known={known}
      onMade={setMade}
      onStale={again}
      onClose={onClose}
    />
  );
}

async function find(flows: readonly FlowInfo[]): Promise<Known> {
  const body = { ids: flows.map(({ id }) => id) };
  const [candidates, proxies, file] = await Promise.all([
    call(endpoints.ruleCandidates, { body }),
    call(endpoints.proxies),
    call(endpoints.configText),
  ]);
  return { candidates, proxies, file };
}
