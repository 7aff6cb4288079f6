/** Ends several connections, once the user has confirmed it. */
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { call } from '../../api/client.ts';
import { showFailure } from '../../components/show-failure.tsx';
import { printable } from '../../format.ts';
import type { Translate } from '../../i18n/translate.ts';
import { hostOf } from './columns.ts';

/** `titleOfMany`: what the flows are, where they are more than one. */
export function askToClose(
  flows: readonly FlowInfo[],
  t: Translate,
  titleOfMany = t('connections.closeSelected'),
): void {
  const [first] = flows;
  const isOne = flows.length === 1 && first !== undefined;
  const title = isOne ? t('connections.closeOne') : titleOfMany;
  modals.openConfirmModal({
    title,
    children: isOne
      ? t('connections.closeOneText', { host: printable(hostOf(first), 100) })
      : t('connections.closeAllText', { count: flows.length }),
    labels: { confirm: title, cancel: t('app.cancel') },
    confirmProps: { color: 'red' },
    onConfirm: () =>
      void closeFlows(
        flows.map(({ id }) => id),
        t,
      ),
  });
}

/** Without asking: for who was asked already. */
export async function closeFlows(ids: readonly number[], t: Translate): Promise<void> {
  try {
    const { closed } = await call(endpoints.closeFlows, { body: { ids } });
    notifications.show({ message: t('connections.closedCount', { count: closed }) });
  } catch (cause) {
    showFailure(cause);
  }
}
