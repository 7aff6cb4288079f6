/** For a browser without a session: how to get one. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import {
  Alert,
  Button,
  Card,
  Center,
  Code,
  PasswordInput,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useWindowEvent } from '@mantine/hooks';
import { endpoints } from '../../core/api/endpoints.ts';
import { call } from '../api/client.ts';
import { UNAUTHORIZED } from '../api/failure.ts';
import { ApiFailure } from '../api/failure.ts';
import { rememberToken } from '../api/session.ts';
import { ErrorText } from '../components/error-text.tsx';
import { useI18n } from '../i18n/i18n.tsx';
import { toldBy } from '../i18n/meaning.ts';
import type { Told } from '../i18n/meaning.ts';

export function Locked({ linkFailure }: { readonly linkFailure: ApiFailure | null }): ReactNode {
  const { t } = useI18n();
  const [secret, setSecret] = useState('');
  const [problem, setProblem] = useState<Told | null>(null);
  // A link that was opened in another tab opens this one as well.
  useWindowEvent('storage', () => location.reload());

  async function enter(): Promise<void> {
    rememberToken(secret);
    try {
      await call(endpoints.status);
      location.reload();
    } catch (cause) {
      const isWrong = cause instanceof ApiFailure && cause.code === UNAUTHORIZED;
      setProblem(isWrong ? { message: t('app.locked.wrong') } : toldBy(cause));
    }
  }

  return (
    <Center mih="100vh" p="md">
      <Card withBorder maw={440} padding="lg">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void enter();
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              {t('app.locked.title')}
            </Title>
            {linkFailure !== null && (
              <Alert color="red">
                <ErrorText error={linkFailure} />
              </Alert>
            )}
            <Text>{t('app.locked.text')}</Text>
            <Code block>sluice ui</Code>
            <PasswordInput
              label={t('app.locked.secret')}
              value={secret}
              onChange={(event) => setSecret(event.currentTarget.value)}
              error={problem !== null && <ErrorText error={problem} />}
              autoComplete="current-password"
            />
            <Button type="submit" disabled={secret === ''}>
              {t('app.locked.enter')}
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
