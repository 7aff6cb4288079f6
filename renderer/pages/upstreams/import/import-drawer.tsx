/** Import, at `/upstreams/import`: where from, what was found, what is taken over. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, Divider, Drawer, Group, Stack, Text } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { ImportPreview, ImportResult } from '../../../../core/api/import.ts';
import type { UpstreamList } from '../../../../core/api/upstreams.ts';
import { call } from '../../../api/client.ts';
import { ApiFailure } from '../../../api/failure.ts';
import { ErrorText } from '../../../components/error-text.tsx';
import { hideSaved, showSaved } from '../../../components/show-saved.tsx';
import { formatBytes, printable } from '../../../format.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import type { Translate } from '../../../i18n/translate.ts';
import { lookAtAll } from '../file-upstreams.ts';
import type { FileState } from '../file-upstreams.ts';
import { firstChoice, hasNothing, isEmpty, requestOf } from './choice.ts';
import type { Choice } from './choice.ts';
import { ChoiceForm } from './choice-form.tsx';
import { Preview } from './preview.tsx';
import { SourceForm } from './source-form.tsx';

export function ImportDrawer({ known }: { readonly known: FileState }): ReactNode {
  const { t } = useI18n();
  const [location, navigate] = useLocation();
  const { file, failure } = known;
  const isOpen = location === '/upstreams/import';
  const close = (): void => navigate('/upstreams');
  return (
    <Drawer
      position="right"
      size="xl"
      opened={isOpen}
      onClose={close}
      title={t('upstreams.import.title')}
    >
      {isOpen && file === null && failure !== null && (
        <Alert color="red">
          <ErrorText error={failure} />
        </Alert>
      )}
      {isOpen && file !== null && <ImportWork file={file} onDone={close} />}
    </Drawer>
  );
}

function ImportWork(props: {
  readonly file: UpstreamList;
  readonly onDone: () => void;
}): ReactNode {
  const { file, onDone } = props;
  const { t } = useI18n();
  const [preview, setPreview] = useState<ImportPreview | null>(null);
  const [choice, setChoice] = useState<Choice | null>(null);

  function show(found: ImportPreview): void {
    hideSaved();
    setPreview(found);
    setChoice(firstChoice(found, file));
  }

  if (preview === null || choice === null) return <SourceForm onPreview={show} isFocused />;
  return (
    <TakeOver
      file={file}
      preview={preview}
      choice={choice}
      onChange={(change) => setChoice({ ...choice, ...change })}
      onBack={() => setPreview(null)}
      onDone={(result) => {
        showSaved(result, t, importedText(result, t), lookAtAll);
        onDone();
      }}
    />
  );
}

function TakeOver(props: {
  readonly file: UpstreamList;
  readonly preview: ImportPreview;
  readonly choice: Choice;
  readonly onChange: (change: Partial<Choice>) => void;
  readonly onBack: () => void;
  readonly onDone: (result: ImportResult) => void;
}): ReactNode {
  const { file, preview, choice, onChange, onBack, onDone } = props;
  const { t } = useI18n();
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);

  async function apply(): Promise<void> {
    setIsBusy(true);
    setFailure(null);
    try {
      const result = await call(endpoints.applyImport, { body: requestOf(preview, choice) });
      await lookAtAll();
      onDone(result);
    } catch (cause) {
      if (!(cause instanceof ApiFailure)) throw cause;
      setFailure(cause);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <Stack gap="md">
      <Group gap="sm" justify="space-between">
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<IconArrowLeft size={16} />}
          onClick={onBack}
        >
          {t('upstreams.import.back')}
        </Button>
        <Text size="sm" c="dimmed" className="breaks">
          {headOf(preview, t)}
        </Text>
      </Group>
      <Preview preview={preview} choice={choice} onChange={onChange} />
      {!hasNothing(preview) && (
        <>
          <Divider />
          <ChoiceForm preview={preview} file={file} choice={choice} onChange={onChange} />
        </>
      )}
      {failure !== null && (
        <Alert color="red">
          <ErrorText error={failure} />
        </Alert>
      )}
      <Group justify="flex-end">
        <Button
          loading={isBusy}
          disabled={isEmpty(choice) || hasNothing(preview)}
          onClick={() => void apply()}
        >
          {t('upstreams.import.apply')}
        </Button>
      </Group>
    </Stack>
  );
}

function headOf({ format, source, subscription }: ImportPreview, t: Translate): string {
  const used = (subscription?.upload ?? 0) + (subscription?.download ?? 0);
  const total = subscription?.total ?? null;
  return [
    t(`upstreams.import.format.${format}`),
    ...(source === '' ? [] : [printable(source)]),
    ...(total === null
      ? []
      : [t('upstreams.usedOf', { used: formatBytes(used), total: formatBytes(total) })]),
  ].join(' · ');
}

function importedText({ proxies, groups, rules }: ImportResult, t: Translate): string {
  return t('upstreams.import.done', { proxies: proxies.length, groups: groups.length, rules });
}
