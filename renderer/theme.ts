/** Colours and sizes. Contrast is WCAG AA in both schemes (`test/e2e` measures it). */
import { createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: { light: 9, dark: 8 },
  defaultRadius: 'md',
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "Cascadia Code", "JetBrains Mono", Menlo, Consolas, monospace',
  cursorType: 'pointer',
});
