/** The picture: sources on the left, Sluice in the middle, ways out and uplinks on the right. */
import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Badge, Stack, Text } from '@mantine/core';
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
import type { Zone } from '../../../core/api/flows.ts';
import type { NetworkInfo } from '../../../core/api/network.ts';
import type { Status } from '../../../core/api/status.ts';
import { printable } from '../../format.ts';
import type { Key } from '../../i18n/en.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { filterLink } from '../connections/filter-link.ts';
import { Lines } from './lines.tsx';
import type { Line } from './lines.tsx';
import { Node } from './node.tsx';
import { widthOf } from './picture-model.ts';
import type { Exit, Picture as Model, Source, Traffic, Way, WaySort } from './picture-model.ts';
import classes from './picture.module.css';

/** Narrower than this, the columns stand one below the other, without lines. */
const STACKED_BELOW = 820;

interface Look {
  readonly icon: Icon;
  readonly color: string;
}

const zoneLooks: Readonly<Record<Zone, Look>> = {
  host: { icon: IconDeviceDesktop, color: 'cyan' },
  wsl: { icon: IconBrandWindows, color: 'blue' },
  container: { icon: IconBox, color: 'grape' },
  vm: { icon: IconServer2, color: 'indigo' },
  lan: { icon: IconNetwork, color: 'lime' },
};

/** `text`: what the title alone does not say. */
const wayLooks: Readonly<Record<WaySort, Look & { readonly text: Key | null }>> = {
  proxy: { icon: IconServer, color: 'teal', text: null },
  direct: { icon: IconWorld, color: 'orange', text: 'network.way.direct' },
  others: { icon: IconServer, color: 'gray', text: null },
  answered: { icon: IconMessageReply, color: 'violet', text: 'network.way.answeredText' },
  refused: { icon: IconBan, color: 'red', text: 'network.way.refusedText' },
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
    <>
      {!isStacked && (
        <Text size="sm" c="dimmed" mb="md">
          {t('network.pictureText')}
        </Text>
      )}
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
    </>
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
  const { sort, name, href } = way;
  const { t } = useI18n();
  const { icon, color, text } = wayLooks[sort];
  const isUpstream = sort === 'proxy' || sort === 'direct';
  return (
    <Node
      id={way.id}
      color={color}
      icon={icon}
      title={isUpstream ? printable(name, 60) : t(`network.way.${sort}`)}
      traffic={way.traffic}
      href={href}
      isDimmed={isDimmed}
    >
      {text === null ? '' : t(text)}
    </Node>
  );
}

function ExitNode({ exit }: { readonly exit: Exit }): ReactNode {
  return (
    <Node id={`exit ${exit.device}`} color="gray" icon={IconRoute} title={exit.device}>
      {exit.addresses}
    </Node>
  );
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
      const { id, sort, zones, traffic } = way;
      const isDimmed = focus !== null && !zones.has(focus);
      const { color } = wayLooks[sort];
      const toWay = line('sluice', id, traffic, color, isDimmed);
      const leaves = sort !== 'answered' && sort !== 'refused';
      // Which of several uplinks a way out takes is not known: it depends on the destination.
      return leaves
        ? [toWay, ...exits.map((exit) => line(id, exit, traffic, color, isDimmed))]
        : [toWay];
    }),
  ];
}
