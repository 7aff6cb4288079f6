/**
 * Adding an upstream and changing one: `/upstreams/new`, `/upstreams/new?copy=NAME` and
 * `/upstreams/edit?name=NAME`, so that a link leads to the form.
 */
import { useEffect, useMemo, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { Alert, Button, Center, Divider, Drawer, Group, Loader, Stack } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useLocation, useSearchParams } from 'wouter';
import type { FileUpstream, UpstreamList, UpstreamUse } from '../../../core/api/upstreams.ts';
import { ApiFailure } from '../../api/failure.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { hideSaved, showSaved } from '../../components/show-saved.tsx';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { ConnectionTest } from './connection-test.tsx';
import { edit, lookAtAll } from './file-upstreams.ts';
import type { FileState } from './file-upstreams.ts';
import {
  emptyForm,
  formOf,
  freeName,
  problemsOf,
  serverProblems,
  settingsOf,
  takenNames,
} from './upstream-form.ts';
import type { Problems, UpstreamForm } from './upstream-form.ts';
import { MainFields, MoreFields, UseFields } from './upstream-fields.tsx';
import { UsedBy } from './used-by.tsx';

/** Until the question has given the focus back to the form, so that the form can give it back in turn. */
const FOCUS_MS = 50;

export function UpstreamDrawer({ known }: { readonly known: FileState }): ReactNode {
  const { t } = useI18n();
  const [location, navigate] = useLocation();
  const [search] = useSearchParams();
  const { file, failure } = known;
  const [isDirty, setIsDirty] = useState(false);
  const isNew = location === '/upstreams/new';
  const isOpen = isNew || location === '/upstreams/edit';
  const name = search.get(isNew ? 'copy' : 'name') ?? '';
  const upstream = file?.upstreams.find(({ settings }) => settings.name === name);

  useEffect(() => {
    setIsDirty(false);
    if (isOpen) hideSaved();
  }, [isOpen, name]);

  function close(): void {
    const leave = (): void => navigate('/upstreams');
    if (!isDirty) return leave();
    modals.openConfirmModal({
      title: t('upstreams.form.discardTitle'),
      children: t('upstreams.form.discardText'),
      labels: { confirm: t('upstreams.form.discard'), cancel: t('upstreams.form.goOn') },
      confirmProps: { color: 'red' },
      onConfirm: () => setTimeout(leave, FOCUS_MS),
    });
  }

  const title = isNew
    ? t('upstreams.form.new')
    : t('upstreams.form.edit', { name: printable(name) });
  return (
    <Drawer position="right" size="lg" opened={isOpen} onClose={close} title={title}>
      {isOpen && file === null && (
        <Center h={200}>
          {failure === null ? (
            <Loader aria-label={t('app.loading')} />
          ) : (
            <Alert color="red">
              <ErrorText error={failure} />
            </Alert>
          )}
        </Center>
      )}
      {isOpen && file !== null && name !== '' && upstream === undefined && (
        <Alert color="orange">{t('upstreams.form.unknown', { name: printable(name) })}</Alert>
      )}
      {isOpen && file !== null && (name === '' || upstream !== undefined) && (
        <UpstreamEditor
          // Another upstream is another form.
          key={`${location} ${name}`}
          file={file}
          known={upstream ?? null}
          isNew={isNew}
          onDirty={setIsDirty}
          onCancel={close}
          onDone={() => navigate('/upstreams')}
        />
      )}
    </Drawer>
  );
}

function UpstreamEditor(props: {
  readonly file: UpstreamList;
  /** The one that is changed, or copied. */
  readonly known: FileUpstream | null;
  readonly isNew: boolean;
  readonly onDirty: (isDirty: boolean) => void;
  readonly onCancel: () => void;
  readonly onDone: () => void;
}): ReactNode {
  const { file, known, isNew, onDirty, onCancel, onDone } = props;
  const { t } = useI18n();
  const oldName = isNew ? '' : (known?.settings.name ?? '');
  const names = useMemo(() => takenNames(file), [file]);
  const [form, setForm] = useState<UpstreamForm>(() => firstForm(file, known, isNew));
  const [shown, setShown] = useState<'none' | 'server' | 'all'>('none');
  const [isSaving, setIsSaving] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);

  const taken = new Set([...names].filter((name) => name !== oldName));
  const problems = problemsOf(form, taken);
  const shownProblems: Problems =
    shown === 'all' ? problems : shown === 'server' ? serverProblems(form) : {};

  function change(part: Partial<UpstreamForm>): void {
    setForm((before) => ({ ...before, ...part }));
    setFailure(null);
    onDirty(true);
  }

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    setShown('all');
    if (Object.keys(problems).length > 0) return;
    setIsSaving(true);
    try {
      const settings = settingsOf(form);
      const { groups } = form;
      const done = await edit(
        isNew
          ? { op: 'add', settings, groups, match: form.match }
          : { op: 'replace', name: oldName, settings, groups },
      );
      const text = t(isNew ? 'upstreams.form.added' : 'upstreams.form.changed', {
        name: printable(settings.name),
      });
      onDirty(false);
      showSaved(done, t, text, lookAtAll);
      onDone();
    } catch (cause) {
      if (!(cause instanceof ApiFailure)) throw cause;
      setFailure(cause);
    } finally {
      setIsSaving(false);
    }
  }

  function request(): {
    readonly settings: ReturnType<typeof settingsOf>;
    name: string | null;
  } | null {
    setShown((before) => (before === 'all' ? before : 'server'));
    if (Object.keys(serverProblems(form)).length > 0) return null;
    const settings = settingsOf(form);
    const name = settings.name === '' ? settings.server : settings.name;
    return { settings: { ...settings, name }, name: isNew ? null : oldName };
  }

  const { name: _, groups: __, match: ___, ...tested } = form;
  const common = { form, onChange: change, problems: shownProblems };
  return (
    <form noValidate onSubmit={(event) => void save(event)}>
      <Stack gap="md">
        {file.notEditable !== null && (
          <Alert color="orange" title={t('upstreams.form.notEditable')}>
            {printable(file.notEditable, 1000)}
          </Alert>
        )}
        <MainFields {...common} isFocused />
        <MoreFields
          {...common}
          dialers={[...names].filter((name) => name !== form.name && name !== oldName)}
          startsOpen={form.hasTls || form.dialerProxy !== '' || form.headers !== ''}
        />
        <Divider />
        <ConnectionTest request={request} subject={JSON.stringify(tested)} />
        <Divider />
        <UseFields {...common} file={file} isNew={isNew} />
        {!isNew && known !== null && <UsedBy uses={known.usedBy.filter(isNoGroup)} />}
        {!isNew && known !== null && known.otherKeys.length > 0 && (
          <Alert color="blue" p="xs">
            {t('upstreams.form.otherKeys', { keys: printable(known.otherKeys.join(', ')) })}
          </Alert>
        )}
        {failure !== null && (
          <Alert color="red">
            {failure.code === 'ERR_CONFIG_CHANGED' ? (
              t('upstreams.form.conflict')
            ) : (
              <ErrorText error={failure} />
            )}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t('app.cancel')}
          </Button>
          <Button type="submit" loading={isSaving} disabled={file.notEditable !== null}>
            {t(isNew ? 'upstreams.form.add' : 'app.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Its groups are a field of the form. */
const isNoGroup = ({ kind }: UpstreamUse): boolean => kind !== 'group';

function firstForm(file: UpstreamList, known: FileUpstream | null, isNew: boolean): UpstreamForm {
  if (known === null) {
    // The first upstream is what everything is to go through.
    return { ...emptyForm, match: file.upstreams.length === 0 };
  }
  const { name } = known.settings;
  const groups = file.groups.filter(({ members }) => members.includes(name));
  const form = formOf(
    known.settings,
    groups.map((group) => group.name),
  );
  return isNew ? { ...form, name: freeName(name, takenNames(file)) } : form;
}
