/** A box of the picture: somebody who sends, a way out or an uplink, with what goes through it. */
import type { CSSProperties, ReactNode } from 'react';
import { Badge, Group, Text } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { Link } from 'wouter';
import { formatBytes, formatRates, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import type { Traffic } from './picture-model.ts';
import classes from './picture.module.css';

export function Node(props: {
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
