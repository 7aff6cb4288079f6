/** The first step: which upstream. */
import { useId } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, Group, Radio, Select, Stack, Text } from '@mantine/core';
import { IconArrowRight, IconFileImport, IconForms, IconList } from '@tabler/icons-react';
import type { Icon } from '@tabler/icons-react';
import type { UpstreamList } from '../../../core/api/upstreams.ts';
import { nameOptions } from '../../components/name-options.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { ChoiceForm } from '../upstreams/import/choice-form.tsx';
import { firstChoice, hasNothing } from '../upstreams/import/choice.ts';
import { Preview } from '../upstreams/import/preview.tsx';
import { SourceForm } from '../upstreams/import/source-form.tsx';
import { MainFields, MoreFields } from '../upstreams/upstream-fields.tsx';
import { problemsOf, takenNames } from '../upstreams/upstream-form.ts';
import classes from './first-run.module.css';
import { waysOf } from './plan.ts';
import type { Plan, Way } from './plan.ts';

const icons: Readonly<Record<Way, Icon>> = {
  form: IconForms,
  import: IconFileImport,
  known: IconList,
  straight: IconArrowRight,
};

export interface ChooseProps {
  readonly plan: Plan;
  readonly file: UpstreamList;
  readonly onChange: (change: Partial<Plan>) => void;
  /** Whether what is wrong is shown. */
  readonly isStrict: boolean;
}

export function ChooseStep(props: ChooseProps): ReactNode {
  const { plan, file, onChange } = props;
  const { t } = useI18n();
  return (
    <Stack gap="md">
      <Radio.Group
        aria-label={t('firstRun.choose')}
        value={plan.way}
        onChange={(way) => onChange({ way })}
      >
        <div className={classes.ways}>
          {waysOf(file).map((way) => (
            <WayCard key={way} way={way} isChosen={way === plan.way} />
          ))}
        </div>
      </Radio.Group>
      {plan.way === 'form' && <FormPart {...props} />}
      {plan.way === 'import' && <ImportPart {...props} />}
      {plan.way === 'known' && (
        <Select
          label={t('firstRun.known')}
          data={nameOptions(file.upstreams.map(({ settings }) => settings.name))}
          value={plan.known === '' ? null : plan.known}
          onChange={(name) => onChange({ known: name ?? '' })}
          error={props.isStrict && plan.known === '' ? t('firstRun.chooseOne') : null}
          searchable
        />
      )}
      {plan.way === 'straight' && <Alert color="blue">{t('firstRun.straightText')}</Alert>}
    </Stack>
  );
}

function WayCard({ way, isChosen }: { readonly way: Way; readonly isChosen: boolean }): ReactNode {
  const { t } = useI18n();
  const id = useId();
  const WayIcon = icons[way];
  return (
    <Radio.Card
      value={way}
      className={classes.way}
      aria-describedby={id}
      aria-label={t(`firstRun.way.${way}`)}
      data-chosen={isChosen || undefined}
    >
      <Group wrap="nowrap" gap="sm" align="start">
        <WayIcon size={22} stroke={1.6} style={{ flexShrink: 0 }} />
        <div>
          <Text fw={600} size="sm">
            {t(`firstRun.way.${way}`)}
          </Text>
          <Text size="xs" c="dimmed" id={id}>
            {t(`firstRun.way.${way}Help`)}
          </Text>
        </div>
      </Group>
    </Radio.Card>
  );
}

function FormPart({ plan, file, onChange, isStrict }: ChooseProps): ReactNode {
  const { form } = plan;
  const taken = takenNames(file);
  const common = {
    form,
    onChange: (change: Partial<Plan['form']>) => onChange({ form: { ...form, ...change } }),
    problems: isStrict ? problemsOf(form, taken) : {},
  };
  return (
    <>
      <MainFields {...common} />
      <MoreFields {...common} dialers={[...taken]} startsOpen={false} />
    </>
  );
}

function ImportPart({ plan, file, onChange, isStrict }: ChooseProps): ReactNode {
  const { t } = useI18n();
  const { preview, choice } = plan;
  if (preview === null || choice === null) {
    return (
      <>
        <SourceForm
          onPreview={(found) => {
            const first = firstChoice(found, file);
            onChange({ preview: found, choice: { ...first, match: true }, tested: null });
          }}
        />
        {isStrict && <Alert color="orange">{t('firstRun.importFirst')}</Alert>}
      </>
    );
  }
  const change = (part: Partial<typeof choice>): void =>
    onChange({ choice: { ...choice, ...part } });
  return (
    <>
      <Group>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          onClick={() => onChange({ preview: null, choice: null })}
        >
          {t('upstreams.import.back')}
        </Button>
      </Group>
      <Preview preview={preview} choice={choice} onChange={change} />
      {!hasNothing(preview) && (
        <ChoiceForm preview={preview} file={file} choice={choice} onChange={change} />
      )}
      {isStrict && !hasNothing(preview) && (
        <Alert color="orange">{t('firstRun.needsTarget')}</Alert>
      )}
    </>
  );
}
