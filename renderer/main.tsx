/** Begins the interface. A one-time code behind the # of the address is traded for a session first. */
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './main.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { openSession } from './api/session.ts';
import { App } from './app.tsx';
import { loadLanguage } from './i18n/i18n.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root element.');
const [linkFailure, language] = await Promise.all([openSession(), loadLanguage()]);
createRoot(root).render(
  <StrictMode>
    <App linkFailure={linkFailure} language={language} />
  </StrictMode>,
);
