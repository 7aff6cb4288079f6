/** The cards, in rows of which only those in sight are in the page: a thousand proxies scroll like ten. */
import { memo, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import { Box, Center, Group, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import type { ProxyProviderInfo } from '../../../core/api/providers.ts';
import type { ProxyInfo, ProxyList } from '../../../core/api/proxies.ts';
import type { FileUpstream } from '../../../core/api/upstreams.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { CardActions } from './actions.ts';
import { GroupHead, MemberLine } from './group-card.tsx';
import type { Directory } from './members.ts';
import { ProviderHead } from './provider-head.tsx';
import { ProxyCard } from './proxy-card.tsx';
import { ProxyMenu } from './proxy-menu.tsx';
import { useTests } from './test-store.ts';
import type { Tests } from './test-store.ts';
import { groupKey, rowKey, upstreamRows } from './upstream-rows.ts';
import type { Order, Row } from './upstream-rows.ts';
import classes from './upstreams.module.css';

const GAP = 8;
const MEMBER_WIDTH = 150;
const PROXY_WIDTH = 230;
/** About how high each is, until it is measured. */
const HEIGHTS = { heading: 44, group: 66, members: 62, provider: 80, proxies: 150 } as const;

export interface CardListProps {
  readonly list: ProxyList;
  readonly providers: readonly ProxyProviderInfo[];
  readonly directory: Directory;
  readonly filter: string;
  readonly order: Order;
  readonly showsHidden: boolean;
  readonly open: Readonly<Record<string, boolean>>;
  /** Open connections that go by what a group used before, by its name. */
  readonly left: Readonly<Record<string, number>>;
  /** The provider that is being fetched. */
  readonly busy: string | null;
  /** Those of the file, by name: what can be changed. */
  readonly inFile: ReadonlyMap<string, FileUpstream>;
  readonly actions: CardActions;
}

export function CardList(props: CardListProps): ReactNode {
  const { list, providers, directory, filter, order, showsHidden, open } = props;
  const { t } = useI18n();
  const tests = useTests();
  const { ref: sizer, width } = useElementSize();
  const holder = useRef<HTMLDivElement>(null);
  const memberColumns = columnsIn(width - 34, MEMBER_WIDTH);
  const proxyColumns = columnsIn(width, PROXY_WIDTH);
  const rows = useMemo(
    () =>
      upstreamRows(list, providers, directory, {
        filter,
        order,
        showsHidden,
        open,
        memberColumns,
        proxyColumns,
      }),
    [list, providers, directory, filter, order, showsHidden, open, memberColumns, proxyColumns],
  );
  const top = useOffset(holder);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (at) => HEIGHTS[rows[at]?.kind ?? 'proxies'],
    getItemKey: (at) => {
      const row = rows[at];
      return row === undefined ? at : rowKey(row);
    },
    overscan: 6,
    scrollMargin: top,
  });
  return (
    <div ref={holder}>
      <div ref={sizer} />
      {width > 0 && (
        <Box pos="relative" h={virtualizer.getTotalSize()}>
          {virtualizer.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <div
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                className={classes.row}
                style={{ transform: `translateY(${start - top}px)` }}
              >
                <OneRow
                  {...props}
                  row={row}
                  tests={tests}
                  memberColumns={memberColumns}
                  proxyColumns={proxyColumns}
                />
              </div>
            );
          })}
        </Box>
      )}
      {rows.length === 0 && (
        <Center p="xl">
          <Text c="dimmed">{t('list.nothing')}</Text>
        </Center>
      )}
    </div>
  );
}

function columnsIn(width: number, least: number): number {
  return Math.max(1, Math.floor((width + GAP) / (least + GAP)));
}

/** Pixels from the top of the page. */
function useOffset(ref: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  const known = useRef(0);
  // What is above may grow and shrink with anything: looked at whenever the list is drawn.
  useLayoutEffect(() => {
    const now = (ref.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
    if (Math.abs(now - known.current) < 1) return;
    known.current = now;
    setTop(now);
  });
  return top;
}

/** Scrolling draws the list again with each frame; a row that is the same is left as it is. */
const OneRow = memo(function OneRow(
  props: CardListProps & {
    readonly row: Row;
    readonly tests: Tests;
    readonly memberColumns: number;
    readonly proxyColumns: number;
  },
): ReactNode {
  const { row, tests, actions, left, busy, inFile } = props;
  const { t } = useI18n();
  switch (row.kind) {
    case 'heading':
      return (
        <Group gap="xs" className={classes.heading}>
          <Title order={2} size="h4">
            {t(`upstreams.section.${row.section}`)}
          </Title>
          <Text size="sm" c="dimmed" className="number">
            {row.count}
          </Text>
        </Group>
      );
    case 'group':
      return (
        <div className={row.isOpen && row.members.length > 0 ? undefined : classes.spacedRow}>
          <GroupHead
            row={row}
            actions={actions}
            isTesting={tests.running.has(groupKey(row.group.name))}
            left={left[row.group.name] ?? 0}
          />
        </div>
      );
    case 'members':
      return (
        <div className={row.isLast ? classes.spacedRow : undefined}>
          <MemberLine
            group={row.group}
            members={row.members}
            columns={props.memberColumns}
            isLast={row.isLast}
            running={tests.running}
            actions={actions}
          />
        </div>
      );
    case 'provider':
      return (
        <ProviderHead
          provider={row.provider}
          isOpen={row.isOpen}
          isBusy={busy === row.provider.name}
          actions={actions}
        />
      );
    case 'proxies':
      return (
        <div
          className={`${classes.line} ${classes.spacedRow}`}
          style={{ gridTemplateColumns: `repeat(${props.proxyColumns}, minmax(0, 1fr))` }}
        >
          {row.proxies.map((proxy) => (
            <ProxyCard
              key={proxy.name}
              proxy={proxy}
              isTesting={tests.running.has(proxy.name)}
              error={tests.errors.get(proxy.name)}
              actions={actions}
              menu={menuOf(proxy, inFile)}
            />
          ))}
        </div>
      );
  }
});

function menuOf(proxy: ProxyInfo, inFile: ReadonlyMap<string, FileUpstream>): ReactNode {
  const upstream = proxy.provider === null ? inFile.get(proxy.name) : undefined;
  return upstream === undefined ? null : <ProxyMenu upstream={upstream} />;
}
