/** The choices that make a rule, with what it would change below them. */
import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import {
  Alert,
  Badge,
  Button,
  Code,
  Group,
  Radio,
  ScrollArea,
  Select,
  Stack,
  Text,
} from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { FlowInfo } from '../../../../core/api/flows.ts';
import type { RuleCandidate } from '../../../../core/api/rule-preview.ts';
import { call } from '../../../api/client.ts';
import { isStale } from '../../../api/failure.ts';
import { useBusy } from '../../../components/use-busy.ts';
import { printable } from '../../../format.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import type { Known } from './make-rule.tsx';
import { PLACES, firstTarget, placeIn, placeInFile, ruleText, targetsOf } from './rule-draft.ts';
import type { Place } from './rule-draft.ts';
import type { Made } from './rule-made.tsx';
import { PreviewView } from './preview-view.tsx';
import { usePreview } from './use-preview.ts';

export function RuleForm(props: {
  readonly flows: readonly FlowInfo[];
  readonly known: Known;
  readonly onMade: (made: Made) => void;
  /** The file, or what is in force, is another by now. */
  readonly onStale: () => void;
  readonly onClose: () => void;
}): ReactNode {
  const { flows, known, onMade, onStale, onClose } = props;
  const { candidates, proxies, file } = known;
  const { t } = useI18n();
  const targets = useMemo(() => targetsOf(proxies), [proxies]);
  const [candidate, setCandidate] = useState(candidates.candidates[0]);
  const [target, setTarget] = useState(() => firstTarget(targets, flows[0]?.chain ?? []));
  const [place, setPlace] = useState<Place>('decided');
  const [isSaving, begin] = useBusy();
  const rule = candidate === undefined ? '' : ruleText(candidate, target);
  const at = placeIn(candidates, place);
  const ids = useMemo(() => flows.map(({ id }) => id), [flows]);
  const preview = usePreview(rule, at, ids);
  const fileAt = placeInFile(file.rules, at, candidates.count);

  async function save(): Promise<void> {
    if (fileAt === null) return;
    try {
      const edits = [{ op: 'insert', rule, at: fileAt }] as const;
      const body = { edits, hash: file.hash, author: 'ui' } as const;
      const { hash, result } = await call(endpoints.editRules, { body });
      onMade({ rule, hash, result, live: preview.value?.live ?? [] });
    } catch (cause) {
      if (!isStale(cause)) throw cause;
      notifications.show({ color: 'orange', message: t('makeRule.changedMeanwhile') });
      onStale();
    }
  }

  return (
    <Stack>
      {flows.length > 1 && (
        <Text size="sm">{t('makeRule.flows', { count: candidates.known })}</Text>
      )}
      <Radio.Group
        label={t('makeRule.what')}
        value={candidate === undefined ? '' : keyOf(candidate)}
        onChange={(key) =>
          setCandidate(candidates.candidates.find((one) => keyOf(one) === key) ?? candidate)
        }
      >
        <ScrollArea.Autosize mah={200} type="auto" mt={6} offsetScrollbars>
          <Stack gap={6}>
            {candidates.candidates.map((one) => (
              <Candidate key={keyOf(one)} candidate={one} of={candidates.known} />
            ))}
          </Stack>
        </ScrollArea.Autosize>
      </Radio.Group>
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <Select
          label={t('makeRule.target')}
          data={targets
            .filter(({ items }) => items.length > 0)
            .map(({ group, items }) => ({
              group: t(`makeRule.target.${group}`),
              items: items.map((name) => ({ value: name, label: printable(name, 80) })),
            }))}
          value={target}
          onChange={(name) => name !== null && setTarget(name)}
          searchable
          allowDeselect={false}
          maxDropdownHeight={280}
          miw={200}
        />
        <Radio.Group
          label={t('makeRule.place')}
          value={place}
          onChange={(next) => setPlace(PLACES.find((one) => one === next) ?? place)}
        >
          <Stack gap={6} mt={6}>
            {PLACES.map((one) => (
              <Radio
                key={one}
                value={one}
                size="sm"
                label={t(`makeRule.place.${one}`)}
                description={one === 'top' ? undefined : behind(known, one)}
                classNames={{ description: 'breaks' }}
              />
            ))}
          </Stack>
        </Radio.Group>
      </Group>
      <Code
        block
        aria-label={t('makeRule.rule')}
        style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}
      >
        {printable(rule, 1000)}
      </Code>
      <PreviewView preview={preview} />
      {file.notEditable !== null && (
        <Alert color="orange">{printable(file.notEditable, 1000)}</Alert>
      )}
      {file.notEditable === null && fileAt === null && (
        <Alert color="orange">{t('makeRule.notInForce')}</Alert>
      )}
      <Group
        justify="flex-end"
        py="sm"
        pos="sticky"
        bottom={0}
        bg="var(--mantine-color-body)"
        style={{ zIndex: 1 }}
      >
        <Button variant="default" onClick={onClose}>
          {t('app.cancel')}
        </Button>
        <Button
          loading={isSaving}
          disabled={rule === '' || fileAt === null || file.notEditable !== null}
          onClick={() => begin(save)}
        >
          {t('makeRule.save')}
        </Button>
      </Group>
    </Stack>
  );
}

function Candidate(props: {
  readonly candidate: RuleCandidate;
  /** How many flows the rule is for. */
  readonly of: number;
}): ReactNode {
  const { candidate, of } = props;
  const { t } = useI18n();
  return (
    <Group gap="xs" wrap="nowrap" justify="space-between" align="flex-start">
      <Radio
        value={keyOf(candidate)}
        size="sm"
        label={<span className="mono breaks">{printable(candidate.condition)}</span>}
        description={t(`makeRule.kind.${candidate.kind}`)}
      />
      {of > 1 && (
        <Badge variant="light" color={candidate.matches === of ? 'teal' : 'gray'} miw="max-content">
          {t('makeRule.matches', { count: candidate.matches, of })}
        </Badge>
      )}
    </Group>
  );
}

function keyOf({ condition, flags }: RuleCandidate): string {
  return `${condition},${flags}`;
}

/** The rule before which the new one would stand. */
function behind({ candidates, file }: Known, place: Place): string | undefined {
  const at = placeInFile(file.rules, placeIn(candidates, place), candidates.count);
  const text = at === null ? undefined : file.rules[at]?.text;
  return text == null ? undefined : printable(text, 120);
}
