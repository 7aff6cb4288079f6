/** How an import is taken over: once or kept up to date, and who gets it. */
import type { ReactNode } from 'react';
import { Checkbox, MultiSelect, Radio, Stack, TextInput } from '@mantine/core';
import type { ImportPreview } from '../../../../core/api/import.ts';
import type { UpstreamList } from '../../../../core/api/upstreams.ts';
import { nameOptions } from '../../../components/name-options.ts';
import { printable } from '../../../format.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import { matchTarget, waysOf } from './choice.ts';
import type { Choice } from './choice.ts';

export function ChoiceForm(props: {
  readonly preview: ImportPreview;
  readonly file: UpstreamList;
  readonly choice: Choice;
  readonly onChange: (change: Partial<Choice>) => void;
}): ReactNode {
  const { preview, file, choice, onChange } = props;
  const { t } = useI18n();
  const ways = waysOf(preview);
  const target = matchTarget(preview, choice);
  const now = file.match?.target ?? 'DIRECT';
  return (
    <Stack gap="sm">
      {ways.length > 1 && (
        <Radio.Group
          label={t('upstreams.import.how')}
          value={choice.how}
          onChange={(how) => onChange({ how })}
        >
          <Stack gap={6} mt={4}>
            {ways.map((way) => (
              <Radio
                key={way}
                value={way}
                label={t(`upstreams.import.how.${way}`)}
                description={t(`upstreams.import.how.${way}Help`)}
              />
            ))}
          </Stack>
        </Radio.Group>
      )}
      {choice.how === 'provider' && (
        <TextInput
          label={t('upstreams.import.provider')}
          value={choice.provider}
          onChange={(event) => onChange({ provider: event.currentTarget.value })}
          maxLength={128}
        />
      )}
      {choice.how !== 'replace' && (
        <>
          {file.groups.length > 0 && (
            <MultiSelect
              label={t('upstreams.import.into')}
              data={nameOptions(file.groups.map(({ name }) => name))}
              value={[...choice.into]}
              onChange={(into) => onChange({ into })}
              searchable
              clearable
            />
          )}
          <TextInput
            label={t('upstreams.import.newGroup')}
            description={t('upstreams.import.newGroupHelp')}
            value={choice.newGroup}
            onChange={(event) => onChange({ newGroup: event.currentTarget.value })}
            maxLength={128}
          />
          <Checkbox
            label={
              target === null
                ? t('upstreams.import.noMatch')
                : t('upstreams.import.match', { name: printable(target) })
            }
            description={t('upstreams.form.matchNow', { name: printable(now) })}
            checked={choice.match && target !== null}
            disabled={target === null}
            onChange={(event) => onChange({ match: event.currentTarget.checked })}
          />
        </>
      )}
    </Stack>
  );
}
