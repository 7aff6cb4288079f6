/** An error in the language of the interface: what it means, and below it what core says of it. */
import type { ReactNode } from 'react';
import { Text } from '@mantine/core';
import { printable } from '../format.ts';
import { useI18n } from '../i18n/i18n.tsx';
import { meaningOf } from '../i18n/meaning.ts';
import type { Told } from '../i18n/meaning.ts';

/** Fits into a line of text as well as into a block. Where nothing is known of the code core's words stand alone. */
export function ErrorText({ error }: { readonly error: Told }): ReactNode {
  const { errors } = useI18n();
  const meaning = meaningOf(error.code ?? '', errors);
  const said = printable(error.message, 1000);
  if (meaning === null) return said;
  return (
    <>
      {meaning}
      <Text span display="block" size="xs" mt={2} lang="en" className="breaks">
        {said}
      </Text>
    </>
  );
}
