/** A group: what it uses now and why, and its members to choose from. */
import type { ReactNode } from 'react';
import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Group,
  Loader,
  Text,
  Title,
  Tooltip,
  UnstyledButton,
  VisuallyHidden,
} from '@mantine/core';
import { IconBolt, IconChevronDown, IconChevronRight, IconPinned } from '@tabler/icons-react';
import type { GroupInfo } from '../../../core/api/proxies.ts';
import { printable } from '../../format.ts';
import { healthOf } from '../../components/speed.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import type { CardActions } from './actions.ts';
import { Delay, HealthBar } from './delay.tsx';
import type { Member } from './members.ts';
import { groupKey } from './upstream-rows.ts';
import type { GroupRow } from './upstream-rows.ts';
import classes from './upstreams.module.css';

const types = {
  Selector: 'upstreams.type.Selector',
  URLTest: 'upstreams.type.URLTest',
  Fallback: 'upstreams.type.Fallback',
  LoadBalance: 'upstreams.type.LoadBalance',
} as const;

export function GroupHead(props: {
  readonly row: GroupRow;
  readonly actions: CardActions;
  readonly isTesting: boolean;
  /** Open connections that go by what was used before. */
  readonly left: number;
}): ReactNode {
  const { row, actions, isTesting, left } = props;
  const { group, isOpen, members } = row;
  const { t } = useI18n();
  const name = printable(group.name);
  const key = groupKey(group.name);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  const isPinned = isAutomatic(group) && group.fixed !== '';
  return (
    <section className={classes.groupHead} data-open={isOpen || undefined} aria-label={name}>
      <Group gap="sm" wrap="nowrap">
        <UnstyledButton
          className={classes.fill}
          aria-expanded={isOpen}
          onClick={() => actions.toggle(key, !isOpen)}
        >
          <Group gap="xs" wrap="nowrap">
            <Chevron size={18} style={{ flexShrink: 0 }} />
            <div className={classes.fill}>
              <Group gap={8} wrap="nowrap">
                <Title order={3} size="h5" className="clip">
                  {name}
                </Title>
                <Badge variant="light" color="gray" tt="none" style={{ flexShrink: 0 }}>
                  {typeText(group.type, t)}
                </Badge>
                <Text size="xs" c="dimmed" visibleFrom="sm" style={{ whiteSpace: 'nowrap' }}>
                  {t('upstreams.members', { count: members.length })}
                </Text>
              </Group>
              <Current group={group} />
            </div>
          </Group>
        </UnstyledButton>
        <Group gap="xs" wrap="nowrap" style={{ flexShrink: 0 }}>
          <Group w={110} visibleFrom="sm">
            <HealthBar members={members} />
          </Group>
          {group.now !== '' && <Delay health={healthOf(group.delay, !group.alive)} />}
          {isPinned && (
            <Tooltip label={t('upstreams.unpin')}>
              <ActionIcon
                variant="light"
                aria-label={t('upstreams.unpinGroup', { name })}
                onClick={() => actions.choose(group.name, '')}
              >
                <IconPinned size={16} />
              </ActionIcon>
            </Tooltip>
          )}
          <Tooltip label={t('upstreams.testGroup')}>
            <ActionIcon
              variant="default"
              aria-label={t('upstreams.testGroupNamed', { name })}
              loading={isTesting}
              onClick={() => actions.testGroup(group.name)}
            >
              <IconBolt size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      {left > 0 && <Left group={group} count={left} actions={actions} />}
    </section>
  );
}

function Current({ group }: { readonly group: GroupInfo }): ReactNode {
  const { t } = useI18n();
  return (
    <Text size="sm" className="clip" title={printable(group.now)}>
      {group.now !== '' && (
        <>
          <Text span inherit fw={600}>
            {printable(group.now)}
          </Text>{' '}
        </>
      )}
      <Text span inherit c="dimmed">
        {reasonText(group, t)}
      </Text>
    </Text>
  );
}

/** Whether the group finds its member by itself, so that a choice of the user's pins it. */
function isAutomatic({ type }: GroupInfo): boolean {
  return type === 'URLTest' || type === 'Fallback';
}

function reasonText(group: GroupInfo, t: Translate): string {
  if (group.reason === 'chosen' && isAutomatic(group)) return t('upstreams.reason.pinned');
  // One that gives each connection a member of its own has none of which that could be said.
  if (group.reason === 'none-alive' && group.now === '') return t('upstreams.reason.allFailed');
  return t(`upstreams.reason.${group.reason}`);
}

function typeText(type: string, t: Translate): string {
  const key = Object.entries(types).find(([known]) => known === type)?.[1];
  return key === undefined ? printable(type) : t(key);
}

function Left(props: {
  readonly group: GroupInfo;
  readonly count: number;
  readonly actions: CardActions;
}): ReactNode {
  const { group, count, actions } = props;
  const { t } = useI18n();
  return (
    <Alert
      mt="xs"
      p="xs"
      color="blue"
      withCloseButton
      closeButtonLabel={t('app.close')}
      onClose={() => actions.forgetLeft(group.name)}
    >
      <Group gap="sm">
        <Text size="sm">{t('upstreams.left', { count })}</Text>
        <Button size="compact-sm" variant="default" onClick={() => actions.closeLeft(group.name)}>
          {t('upstreams.closeLeft')}
        </Button>
      </Group>
    </Alert>
  );
}

export function MemberLine(props: {
  readonly group: GroupInfo;
  readonly members: readonly Member[];
  readonly columns: number;
  readonly isLast: boolean;
  readonly running: ReadonlySet<string>;
  readonly actions: CardActions;
}): ReactNode {
  const { group, members, columns, isLast, running, actions } = props;
  return (
    <div
      role="group"
      aria-label={printable(group.name)}
      className={classes.memberLine}
      data-last={isLast || undefined}
    >
      <div
        className={classes.line}
        style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
      >
        {members.map((member, at) => (
          <MemberTile
            // A name may be in a group twice.
            key={`${member.name} ${at}`}
            group={group}
            member={member}
            isTesting={running.has(member.name) || running.has(groupKey(group.name))}
            actions={actions}
          />
        ))}
      </div>
    </div>
  );
}

function MemberTile(props: {
  readonly group: GroupInfo;
  readonly member: Member;
  readonly isTesting: boolean;
  readonly actions: CardActions;
}): ReactNode {
  const { group, member, isTesting, actions } = props;
  const { t } = useI18n();
  const isNow = member.name === group.now;
  const isPinned = isAutomatic(group) && member.name === group.fixed;
  const content = (
    <>
      <div className={classes.between}>
        <span className={`clip ${classes.memberName}`} title={printable(member.name)}>
          {printable(member.name)}
        </span>
        {isPinned && <IconPinned size={14} aria-label={t('upstreams.pinned')} />}
      </div>
      <div className={classes.between}>
        <span className={`clip ${classes.quiet}`}>
          {member.now === '' ? printable(member.type) : `→ ${printable(member.now)}`}
        </span>
        {isTesting ? <Loader size={12} /> : <Delay health={member} />}
      </div>
    </>
  );
  if (!group.selectable) {
    return <div className={classes.member}>{content}</div>;
  }
  return (
    <button
      type="button"
      className={classes.member}
      data-now={isNow || undefined}
      aria-pressed={isAutomatic(group) ? isPinned : isNow}
      disabled={!member.isUsable}
      title={
        member.isUsable ? undefined : t('upstreams.notSpoken', { type: printable(member.type) })
      }
      onClick={() => actions.choose(group.name, isPinned ? '' : member.name)}
    >
      <VisuallyHidden>
        {t(isAutomatic(group) ? 'upstreams.pinMember' : 'upstreams.chooseMember')}{' '}
      </VisuallyHidden>
      {content}
    </button>
  );
}
