/** The whole interface: what every page shares, and the page that the address names. */
import { Suspense, useMemo } from 'react';
import type { ReactNode } from 'react';
import { Button, Center, MantineProvider, Stack, Text } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { Link, Route, Router, Switch } from 'wouter';
import { UNAUTHORIZED } from './api/failure.ts';
import type { ApiFailure } from './api/failure.ts';
import { showFailure } from './components/show-failure.tsx';
import { Waiting } from './components/waiting.tsx';
import { I18nProvider, useI18n } from './i18n/i18n.tsx';
import type { LoadedLanguage } from './i18n/i18n.tsx';
import { useLive } from './live/live.ts';
import { liveHealth } from './live/status.ts';
import { Locked } from './shell/locked.tsx';
import { BASE, openPage, pages } from './shell/pages.ts';
import { Palette } from './shell/palette.tsx';
import { Shell } from './shell/shell.tsx';
import { themeIn } from './theme.ts';

interface AppProps {
  /** Why the one-time link did not open a session. */
  readonly linkFailure: ApiFailure | null;
  /** The one to begin with. */
  readonly language: LoadedLanguage;
}

export function App({ linkFailure, language }: AppProps): ReactNode {
  return (
    <I18nProvider first={language} onFailure={showFailure}>
      <Themed>
        <ModalsProvider>
          <Notifications position="bottom-right" />
          <Router base={BASE} aroundNav={openPage}>
            <Gate linkFailure={linkFailure} />
          </Router>
        </ModalsProvider>
      </Themed>
    </I18nProvider>
  );
}

/** What components say by themselves is in the language of the interface. */
function Themed({ children }: { readonly children: ReactNode }): ReactNode {
  const { t } = useI18n();
  const theme = useMemo(() => themeIn(t), [t]);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      {children}
    </MantineProvider>
  );
}

/** Whoever has no session sees how to get one, and nothing else. */
function Gate({ linkFailure }: { readonly linkFailure: ApiFailure | null }): ReactNode {
  const { failure } = useLive(liveHealth);
  if (failure?.code === UNAUTHORIZED) return <Locked linkFailure={linkFailure} />;
  return (
    <>
      <Palette />
      <Shell>
        <Suspense fallback={<Waiting height="60vh" />}>
          <Switch>
            {pages.map(({ path, component: Component }) => (
              <Route key={path} path={path === '/' ? path : `${path}/*?`}>
                <Component />
              </Route>
            ))}
            <Route>
              <UnknownPage />
            </Route>
          </Switch>
        </Suspense>
      </Shell>
    </>
  );
}

function UnknownPage(): ReactNode {
  const { t } = useI18n();
  return (
    <Center h="60vh">
      <Stack align="center">
        <Text>{t('app.unknownPage')}</Text>
        <Button component={Link} href="/">
          {t('app.toHome')}
        </Button>
      </Stack>
    </Center>
  );
}
