/** What can be done with the whole list: choose columns, close what is shown, take it along. */
import type { ReactNode } from 'react';
import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconDownload, IconPlugX } from '@tabler/icons-react';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { download, fileName } from '../../components/download.ts';
import { showFailure } from '../../components/show-failure.tsx';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveRecording } from '../../live/recording.ts';
import { liveHealth } from '../../live/status.ts';
import { askToClose } from './close-flows.ts';
import { columns } from './columns.ts';
import { toCsv } from './export-flows.ts';
import { toJson } from './flows-as-har.ts';
import { savePackets } from './save-packets.ts';

export function ListMenu(props: {
  readonly rows: readonly FlowInfo[];
  readonly isShown: (column: string) => boolean;
  readonly onToggle: (column: string) => void;
  /** Of packets there is nothing to take along until they are recorded. */
  readonly onRecord: () => void;
}): ReactNode {
  const { rows, isShown, onToggle, onRecord } = props;
  const { t } = useI18n();
  const { recording } = useLive(liveRecording).value;
  const hasPackets = recording !== null && recording.packets > 0;
  const version = useLive(liveHealth).value.status?.version ?? '';
  const shownCount = columns.filter(({ id }) => isShown(id)).length;
  const open = rows.filter(({ end }) => end === null);

  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t('connections.more')}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah="80vh" style={{ overflowY: 'auto' }}>
        <Menu.Item
          leftSection={<IconPlugX size={16} />}
          disabled={open.length === 0}
          closeMenuOnClick
          onClick={() => askToClose(open, t, t('connections.closeAll'))}
        >
          {t('connections.closeAll')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDownload size={16} />}
          closeMenuOnClick
          onClick={() => download(fileName('connections', 'csv'), 'text/csv', toCsv(rows))}
        >
          {t('list.export')} CSV
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDownload size={16} />}
          closeMenuOnClick
          onClick={() =>
            download(fileName('connections', 'json'), 'application/json', toJson(rows, version))
          }
        >
          {t('list.export')} JSON
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDownload size={16} />}
          closeMenuOnClick
          onClick={hasPackets ? () => void savePackets(recording).catch(showFailure) : onRecord}
        >
          {t('list.export')} pcap
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t('connections.columns')}</Menu.Label>
        {columns.map(({ id, title }) => (
          <Menu.CheckboxItem
            key={id}
            checked={isShown(id)}
            // A list without any column would only look broken.
            disabled={isShown(id) && shownCount === 1}
            onChange={() => onToggle(id)}
          >
            {t(title)}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
