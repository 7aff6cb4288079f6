/** What can be done with an upstream of the file: change, copy, remove. */
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Menu, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconCopy, IconDots, IconEdit, IconTrash } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import type { FileUpstream } from '../../../core/api/upstreams.ts';
import { showFailure } from '../../components/show-failure.tsx';
import { showSaved } from '../../components/show-saved.tsx';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { edit, lookAtAll } from './file-upstreams.ts';
import { UsedBy } from './used-by.tsx';
import classes from './upstreams.module.css';

/** The menu itself is made when somebody first wants it: there may be hundreds of cards. */
export function ProxyMenu({ upstream }: { readonly upstream: FileUpstream }): ReactNode {
  const { t } = useI18n();
  const [isWanted, setIsWanted] = useState(false);
  const label = t('upstreams.menu', { name: printable(upstream.settings.name) });
  if (isWanted) return <OpenMenu upstream={upstream} label={label} />;
  return (
    <button
      type="button"
      className={classes.iconButton}
      data-bare
      aria-label={label}
      aria-haspopup="menu"
      onClick={() => setIsWanted(true)}
    >
      <IconDots size={16} />
    </button>
  );
}

function OpenMenu(props: { readonly upstream: FileUpstream; readonly label: string }): ReactNode {
  const { upstream, label } = props;
  const { t } = useI18n();
  const [, navigate] = useLocation();
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  // The button that was pressed is gone: the menu gives the focus back to the one in its place.
  useEffect(() => {
    button.current?.focus();
    setIsOpen(true);
  }, []);
  const { settings, usedBy } = upstream;
  const name = printable(settings.name);
  const query = encodeURIComponent(settings.name);
  // Groups do without it; whatever else names it would be broken.
  const isHeld = usedBy.some(({ kind }) => kind !== 'group');

  function open(path: string): void {
    // The form gives the focus back to what has it now, and the menu will be gone.
    button.current?.focus();
    navigate(path);
  }

  async function remove(): Promise<void> {
    try {
      const done = await edit({ op: 'remove', name: settings.name, force: true });
      showSaved(done, t, t('upstreams.removed', { name }), lookAtAll);
    } catch (cause) {
      showFailure(cause);
    }
  }

  function askToRemove(): void {
    button.current?.focus();
    const title = t('upstreams.removeTitle', { name });
    const children = (
      <Stack gap="sm">
        {isHeld ? <Text size="sm">{t('upstreams.inUse')}</Text> : null}
        {usedBy.length > 0 && !isHeld ? <Text size="sm">{t('upstreams.leavesGroups')}</Text> : null}
        <UsedBy uses={usedBy} />
      </Stack>
    );
    if (isHeld) {
      modals.open({ title, children });
      return;
    }
    modals.openConfirmModal({
      title,
      children,
      labels: { confirm: t('upstreams.remove'), cancel: t('app.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => void remove(),
    });
  }

  return (
    <Menu position="bottom-end" opened={isOpen} onChange={setIsOpen}>
      <Menu.Target>
        <button
          type="button"
          className={classes.iconButton}
          data-bare
          aria-label={label}
          ref={button}
        >
          <IconDots size={16} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconEdit size={16} />}
          onClick={() => open(`/upstreams/edit?name=${query}`)}
        >
          {t('upstreams.edit')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconCopy size={16} />}
          onClick={() => open(`/upstreams/new?copy=${query}`)}
        >
          {t('upstreams.duplicate')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={askToRemove}>
          {t('upstreams.remove')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
