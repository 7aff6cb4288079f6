/** Where an import comes from: what is pasted, a file (dropped here, too), or a subscription. */
import { useRef, useState } from 'react';
import type { DragEvent, ReactNode } from 'react';
import {
  Alert,
  Button,
  FileButton,
  Group,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  Textarea,
} from '@mantine/core';
import { IconFileImport, IconSearch } from '@tabler/icons-react';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { ImportPreview, ImportSource } from '../../../../core/api/import.ts';
import { call } from '../../../api/client.ts';
import { ApiFailure } from '../../../api/failure.ts';
import { ErrorText } from '../../../components/error-text.tsx';
import { useLateFocus } from '../../../components/use-late-focus.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import classes from '../upstreams.module.css';
import type { Told } from '../../../i18n/meaning.ts';

const KINDS = ['paste', 'file', 'url'] as const;
type Kind = (typeof KINDS)[number];

/** As core takes it; a larger one is not even read. */
const MAX_FILE = 5 * 1024 * 1024;

export function SourceForm(props: {
  readonly onPreview: (preview: ImportPreview) => void;
  /** Whether typing begins here. */
  readonly isFocused?: boolean;
}): ReactNode {
  const { onPreview, isFocused = false } = props;
  const { t } = useI18n();
  const [kind, setKind] = useState<Kind>('paste');
  const [text, setText] = useState('');
  const [url, setUrl] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<Told | null>(null);
  const [isOver, setIsOver] = useState(false);
  const latest = useRef(0);
  const first = useLateFocus<HTMLTextAreaElement>(isFocused);

  async function look(source: ImportSource): Promise<void> {
    const turn = (latest.current += 1);
    setIsBusy(true);
    setProblem(null);
    try {
      const preview = await call(endpoints.previewImport, { body: source });
      if (turn === latest.current) onPreview(preview);
    } catch (cause) {
      if (!(cause instanceof ApiFailure)) throw cause;
      if (turn === latest.current) setProblem(cause);
    } finally {
      if (turn === latest.current) setIsBusy(false);
    }
  }

  async function readFile(file: File | null | undefined): Promise<void> {
    if (file === null || file === undefined) return;
    if (file.size > MAX_FILE) return setProblem({ message: t('upstreams.import.tooLarge') });
    await look({ text: await file.text() });
  }

  function drop(event: DragEvent): void {
    event.preventDefault();
    setIsOver(false);
    const [file] = event.dataTransfer.files;
    if (file !== undefined) void readFile(file);
    else void look({ text: event.dataTransfer.getData('text/plain') });
  }

  return (
    <Stack
      gap="sm"
      className={classes.drop}
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <SegmentedControl
        fullWidth
        aria-label={t('upstreams.import.from')}
        value={kind}
        data={KINDS.map((value) => ({ value, label: t(`upstreams.import.${value}`) }))}
        onChange={setKind}
      />
      {kind === 'paste' && (
        <>
          <Textarea
            label={t('upstreams.import.pasteLabel')}
            description={t('upstreams.import.pasteHelp')}
            placeholder={'socks5://user:password@192.0.2.10:1080#office\n192.0.2.11:3128'}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autosize
            minRows={5}
            maxRows={14}
            spellCheck={false}
            ref={first}
            {...(isFocused ? { 'data-autofocus': true } : {})}
            classNames={{ input: 'mono' }}
          />
          <Button
            leftSection={<IconSearch size={16} />}
            loading={isBusy}
            disabled={text.trim() === ''}
            onClick={() => void look({ text })}
          >
            {t('upstreams.import.look')}
          </Button>
        </>
      )}
      {kind === 'file' && (
        <Stack align="center" gap="xs" className={classes.dropPlace}>
          <IconFileImport size={32} stroke={1.5} />
          <Text ta="center">{t('upstreams.import.dropHere')}</Text>
          <Text size="xs" c="dimmed" ta="center">
            {t('upstreams.import.kinds')}
          </Text>
          <FileButton onChange={(file) => void readFile(file)} accept=".yaml,.yml,.txt,.ppx,.conf">
            {(button) => (
              <Button {...button} variant="default" loading={isBusy}>
                {t('upstreams.import.choose')}
              </Button>
            )}
          </FileButton>
        </Stack>
      )}
      {kind === 'url' && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void look({ url: url.trim() });
          }}
        >
          <Stack gap="sm">
            <TextInput
              label={t('upstreams.import.urlLabel')}
              description={t('upstreams.import.urlHelp')}
              placeholder="https://example.com/subscription"
              value={url}
              onChange={(event) => setUrl(event.currentTarget.value)}
              inputMode="url"
              spellCheck={false}
              autoComplete="off"
            />
            <Group grow>
              <Button
                type="submit"
                leftSection={<IconSearch size={16} />}
                loading={isBusy}
                disabled={url.trim() === ''}
              >
                {t('upstreams.import.fetch')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      {problem !== null && (
        <Alert color="red" title={t('upstreams.import.failed')}>
          <ErrorText error={problem} />
        </Alert>
      )}
    </Stack>
  );
}
