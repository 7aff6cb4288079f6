/** The picture: sources on the left, Sluice in the middle, ways out and uplinks on the right. */
import { useRef, useState } from 'react';
import type { CSSProperties, ReactNode } from 'react';
import { Badge, Group, Stack, Text } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import {
  IconBan,
  IconBox,
  IconBrandWindows,
  IconDeviceDesktop,
  IconMessageReply,
  IconNetwork,
  IconRoute,
  IconServer,
  IconServer2,
  IconWorld,
} from '@tabler/icons-react';
import type { Icon } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { Zone } from '../../../core/api/flows.ts';
import type { NetworkInfo } from '../../../core/api/network.ts';
import type { Status } from '../../../core/api/status.ts';
import { formatBytes, formatRates, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { filterLink } from '../connections/filter-link.ts';
import { Lines } from './lines.tsx';
import type { Line } from './lines.tsx';
import { widthOf } from './picture-model.ts';
import type { Exit, Picture as Model, Source, Traffic, Way } from './picture-model.ts';
import classes from './picture.module.css';

/** Narrower than this, the columns stand one below the other, without lines. */
const STACKED_BELOW = 820;

const zoneLooks: Readonly<Record<Zone, { readonly icon: Icon; readonly color: string }>> = {
  host: { icon: IconDeviceDesktop, color: 'cyan' },
  wsl: { icon: IconBrandWindows, color: 'blue' },
  container: { icon: IconBox, color: 'grape' },
  vm: { icon: IconServer2, color: 'indigo' },
  lan: { icon: IconNetwork, color: 'lime' },
};

export function Picture(props: {
  readonly model: Model;
  readonly network: NetworkInfo;
  readonly status: Status;
}): ReactNode {
  const { model, network, status } = props;
  const { t } = useI18n();
  const { ref: sized, width } = useElementSize();
  const around = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sized, around);
  const [focus, setFocus] = useState<Zone | null>(null);
  const isStacked = width < STACKED_BELOW;
  const lines = isStacked ? [] : linesOf(model, status, focus);
  const layout = [...model.sources, ...model.ways].map(({ id }) => id).join();
  return (
    <div ref={ref} className={classes.picture} data-stacked={isStacked || undefined}>
      {!isStacked && (
        <Lines lines={lines} around={around} layout={`${layout} ${model.exits.length}`} />
      )}
      <Column label={t('network.sources')}>
        {model.sources.map((source) => (
          <SourceNode
            key={source.id}
            source={source}
            hostName={network.hostName}
            isDimmed={focus !== null && focus !== source.zone}
            onFocus={setFocus}
          />
        ))}
      </Column>
      {!isStacked && <span />}
      <Middle network={network} status={status} />
      {!isStacked && <span />}
      <Column label={t('network.ways')}>
        {model.ways.map((way) => (
          <WayNode key={way.id} way={way} isDimmed={focus !== null && !way.zones.has(focus)} />
        ))}
        {model.ways.length === 0 && (
          <li>
            <Text size="sm" c="dimmed" ta="center">
              {t('network.way.none')}
            </Text>
          </li>
        )}
      </Column>
      {!isStacked && <span />}
      <Column label={t('network.exits')}>
        {model.exits.map((exit) => (
          <ExitNode key={exit.device} exit={exit} />
        ))}
        {model.exits.length === 0 && (
          <Node id="exit" color="red" icon={IconBan} title={t('network.noUplink')}>
            {t('network.noUplinkText')}
          </Node>
        )}
      </Column>
    </div>
  );
}

function Column(props: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <Text size="xs" c="dimmed" fw={600} mb={6} aria-hidden="true">
        {props.label}
      </Text>
      <ul className={classes.column} aria-label={props.label}>
        {props.children}
      </ul>
    </div>
  );
}

function SourceNode(props: {
  readonly source: Source;
  readonly hostName: string;
  readonly isDimmed: boolean;
  readonly onFocus: (zone: Zone | null) => void;
}): ReactNode {
  const { source, onFocus } = props;
  const { zone, traffic } = source;
  const { t } = useI18n();
  const { icon, color } = zoneLooks[zone];
  return (
    <Node
      id={source.id}
      color={color}
      icon={icon}
      title={zone === 'host' ? t('network.thisMachine') : t(`network.source.${zone}`)}
      traffic={traffic}
      href={filterLink({ field: 'zone', value: zone })}
      isDimmed={props.isDimmed}
      onFocus={(isOn) => onFocus(isOn ? zone : null)}
    >
      {describeSource(source, props.hostName, t)}
    </Node>
  );
}

function describeSource(source: Source, hostName: string, t: Translate): string {
  const { zone, device, guests, programs } = source;
  if (zone === 'host') return programs.length === 0 ? hostName : programs.join(', ');
  const [address] = device?.addresses.filter((one) => !one.startsWith('fe80:')) ?? [];
  const seen = guests === 0 ? undefined : t('network.guestCount', { count: guests });
  return [device?.name, address, seen].filter((part) => part !== undefined).join(' · ');
}

function WayNode({ way, isDimmed }: { readonly way: Way; readonly isDimmed: boolean }): ReactNode {
  const { t } = useI18n();
  const { icon, color, title, text, href } = lookOf(way, t);
  return (
    <Node
      id={way.id}
      color={color}
      icon={icon}
      title={title}
      traffic={way.traffic}
      href={href}
      isDimmed={isDimmed}
    >
      {text}
    </Node>
  );
}

interface WayLook {
  readonly icon: Icon;
  readonly color: string;
  readonly title: string;
  readonly text: string;
  /** Null: it is not one thing that could be looked for. */
  readonly href: string | null;
}

function lookOf({ kind, name }: Way, t: Translate): WayLook {
  if (kind === 'refused') {
    const title = t('network.way.refused');
    const text = t('network.way.refusedText');
    const href = filterLink({ field: 'state', value: 'refused' }, 'closed');
    return { icon: IconBan, color: 'red', title, text, href };
  }
  if (kind === 'answered') {
    const title = t('network.way.answered');
    const text = t('network.way.answeredText');
    const href = filterLink({ field: 'rule', value: 'tun.dns-hijack' });
    return {
      icon: IconMessageReply,
      color: 'violet',
      title,
      text,
      href,
    };
  }
  if (kind !== 'named') {
    return {
      icon: IconServer,
      color: 'gray',
      title: t('network.way.others'),
      text: '',
      href: null,
    };
  }
  const href = filterLink({ field: 'upstream', value: name });
  if (name === 'DIRECT') {
    return { icon: IconWorld, color: 'orange', title: name, text: t('network.way.direct'), href };
  }
  return { icon: IconServer, color: 'teal', title: printable(name, 60), text: '', href };
}

function ExitNode({ exit }: { readonly exit: Exit }): ReactNode {
  return (
    <Node id={`exit ${exit.device}`} color="gray" icon={IconRoute} title={exit.device}>
      {exit.addresses}
    </Node>
  );
}

function Node(props: {
  readonly id: string;
  readonly color: string;
  readonly icon: Icon;
  readonly title: string;
  readonly traffic?: Traffic;
  /** Null: it leads nowhere. */
  readonly href?: string | null;
  readonly isDimmed?: boolean;
  readonly onFocus?: (isOn: boolean) => void;
  readonly children: string | readonly string[];
}): ReactNode {
  const { icon: NodeIcon, traffic, title, href = null, onFocus, children } = props;
  const { t } = useI18n();
  const style = { '--node-color': `var(--mantine-color-${props.color}-6)` } as CSSProperties;
  const inside = (
    <>
      <NodeIcon size={20} color={`var(--mantine-color-${props.color}-6)`} aria-hidden="true" />
      <div className={classes.text}>
        <Group gap={6} wrap="nowrap" justify="space-between">
          <Text size="sm" fw={600} className="clip" title={title}>
            {title}
          </Text>
          {traffic !== undefined && traffic.open > 0 && (
            <Badge size="sm" variant="default" tt="none" style={{ flexShrink: 0 }}>
              {t('network.open', { count: traffic.open })}
            </Badge>
          )}
        </Group>
        {[children]
          .flat()
          .filter((line) => line !== '')
          .map((line) => (
            <Text key={line} size="xs" c="dimmed" className="clip" title={printable(line)}>
              {printable(line)}
            </Text>
          ))}
        {traffic !== undefined && (
          <Text size="xs" className="clip number">
            {trafficText(traffic, t)}
          </Text>
        )}
      </div>
    </>
  );
  const common = {
    className: classes.node,
    style,
    'data-node': props.id,
    'data-dimmed': props.isDimmed === true || undefined,
  };
  if (href === null) {
    return (
      <li>
        <div {...common}>{inside}</div>
      </li>
    );
  }
  return (
    <li>
      <Link
        {...common}
        href={href}
        onMouseEnter={() => onFocus?.(true)}
        onMouseLeave={() => onFocus?.(false)}
        onFocus={() => onFocus?.(true)}
        onBlur={() => onFocus?.(false)}
      >
        {inside}
      </Link>
    </li>
  );
}

/** How fast, and how much in all. */
function trafficText({ up, down, bytes }: Traffic, t: Translate): string {
  if (up + down < 1) return `${t('network.idle')} · ${formatBytes(bytes)}`;
  return formatRates({ up, down });
}

function Middle(props: { readonly network: NetworkInfo; readonly status: Status }): ReactNode {
  const { t } = useI18n();
  const { tunnel } = props.network;
  const { tun } = props.status;
  const facts =
    tun === null
      ? [t('network.noTunnel')]
      : [
          `${tun.device} · MTU ${tun.mtu}`,
          t(tun.offload ? 'network.offload' : 'network.offloadOff'),
          ...(tunnel === null ? [] : [tunnel.address4, tunnel.address6].map(withoutLength)),
          ...(tunnel === null || tunnel.resolver === ''
            ? []
            : [t('network.resolver', { address: tunnel.resolver })]),
        ].filter((text) => text !== '');
  return (
    <section
      className={classes.middle}
      data-node="sluice"
      data-off={tun === null || undefined}
      aria-label={t('network.middle')}
    >
      <Stack gap={4} align="center">
        <Text fw={700} size="lg">
          {t('app.name')}
        </Text>
        <Badge color={tun === null ? 'gray' : 'teal'} variant="light" tt="none">
          {t(tun === null ? 'network.capturesNot' : 'network.captures')}
        </Badge>
        {facts.map((fact) => (
          <Text key={fact} size="xs" className="mono" ta="center">
            {printable(fact)}
          </Text>
        ))}
      </Stack>
    </section>
  );
}

function withoutLength(prefix: string): string {
  return prefix.replace(/\/.*/, '');
}

function linesOf(model: Model, status: Status, focus: Zone | null): Line[] {
  const isOff = status.tun === null;
  const line = (from: string, to: string, traffic: Traffic, color: string, dim: boolean): Line => ({
    from,
    to,
    width: widthOf(traffic),
    color: `var(--mantine-color-${color}-6)`,
    isMoving: traffic.up + traffic.down >= 1,
    isDimmed: dim,
    isDashed: isOff || traffic.bytes === 0,
  });
  const exits =
    model.exits.length === 0 ? ['exit'] : model.exits.map((exit) => `exit ${exit.device}`);
  return [
    ...model.sources.map(({ id, zone, traffic }) =>
      line(id, 'sluice', traffic, zoneLooks[zone].color, focus !== null && focus !== zone),
    ),
    ...model.ways.flatMap((way) => {
      const { id, kind, name, zones, traffic } = way;
      const isDimmed = focus !== null && !zones.has(focus);
      const color = colorOf(kind, name);
      const toWay = line('sluice', id, traffic, color, isDimmed);
      const leaves = kind === 'named' || kind === 'others';
      // Which of several uplinks a way out takes is not known: it depends on the destination.
      return leaves
        ? [toWay, ...exits.map((exit) => line(id, exit, traffic, color, isDimmed))]
        : [toWay];
    }),
  ];
}

function colorOf(kind: Way['kind'], name: string): string {
  if (kind === 'refused') return 'red';
  if (kind === 'answered') return 'violet';
  if (kind !== 'named') return 'gray';
  return name === 'DIRECT' ? 'orange' : 'teal';
}
