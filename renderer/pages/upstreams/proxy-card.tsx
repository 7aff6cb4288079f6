/**
 * A proxy: what it is, how fast it was lately, and testing it. Of plain elements: a screenful of
 * cards is drawn anew while one scrolls.
 */
import type { ReactNode } from 'react';
import { Loader, Text } from '@mantine/core';
import { IconBolt } from '@tabler/icons-react';
import type { ProxyInfo } from '../../../core/api/proxies.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { errorLine } from '../../i18n/meaning.ts';
import type { Told } from '../../i18n/meaning.ts';
import type { CardActions } from './actions.ts';
import { Delay, Sparkline } from './delay.tsx';
import { isSpoken, isTestable, proxyHealth } from './members.ts';
import classes from './upstreams.module.css';

export function ProxyCard(props: {
  readonly proxy: ProxyInfo;
  readonly isTesting: boolean;
  /** Why its latest test failed. */
  readonly error: Told | undefined;
  readonly actions: CardActions;
  /** What else can be done with it. */
  readonly menu?: ReactNode;
}): ReactNode {
  const { proxy, isTesting, error, actions, menu } = props;
  const { t, errors } = useI18n();
  const name = printable(proxy.name);
  const health = proxyHealth(proxy);
  const canTest = isTestable(proxy);
  const why = isSpoken(proxy.type)
    ? error && errorLine(error, errors)
    : t('upstreams.notSpoken', { type: printable(proxy.type) });
  return (
    <section className={classes.card} aria-label={name}>
      <div className={classes.between}>
        <h3 className={`clip ${classes.cardTitle}`} title={name}>
          {name}
        </h3>
        {canTest && (
          <button
            type="button"
            className={classes.iconButton}
            title={t('upstreams.test')}
            aria-label={t('upstreams.testNamed', { name })}
            aria-busy={isTesting}
            disabled={isTesting}
            onClick={() => actions.testProxy(proxy.name)}
          >
            {isTesting ? <Loader size={14} /> : <IconBolt size={16} />}
          </button>
        )}
        {menu}
      </div>
      <div className={`mono clip ${classes.quiet}`} title={printable(proxy.server)}>
        {proxy.server === '' ? t('upstreams.noServer') : printable(proxy.server)}
      </div>
      <div className={classes.badges}>
        <span className={classes.badge}>{printable(proxy.type)}</span>
        {proxy.udp && <span className={classes.badge}>UDP</span>}
        {proxy.dialerProxy !== '' && (
          <span className={`clip ${classes.badge} ${classes.via}`}>
            {t('upstreams.via', { name: printable(proxy.dialerProxy) })}
          </span>
        )}
      </div>
      <div className={`${classes.between} ${classes.cardFoot}`}>
        {canTest && <Delay health={health} />}
        <Sparkline history={proxy.history} />
      </div>
      {why !== undefined && (
        <Text size="xs" c="red" lineClamp={3} title={printable(why, 1000)} role="status">
          {printable(why, 1000)}
        </Text>
      )}
    </section>
  );
}
