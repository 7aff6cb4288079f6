/** Colours, sizes and what components are like everywhere. Contrast is WCAG AA in both schemes (`test/e2e` measures it). */
import { Drawer, Menu, Modal, Notification, createTheme } from '@mantine/core';
import type { MantineThemeOverride } from '@mantine/core';
import type { Translate } from './i18n/translate.ts';

export function themeIn(t: Translate): MantineThemeOverride {
  const closeButtonProps = { 'aria-label': t('app.close') };
  return createTheme({
    primaryColor: 'cyan',
    primaryShade: 9,
    defaultRadius: 'md',
    fontFamily:
      'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    fontFamilyMonospace:
      'ui-monospace, "Cascadia Code", "JetBrains Mono", Menlo, Consolas, monospace',
    cursorType: 'pointer',
    respectReducedMotion: true,
    components: {
      Drawer: Drawer.extend({ defaultProps: { closeButtonProps } }),
      Modal: Modal.extend({ defaultProps: { closeButtonProps } }),
      Notification: Notification.extend({ defaultProps: { closeButtonProps } }),
      // Its place for the focus is no item of a menu; the first item takes it.
      Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    },
  });
}
