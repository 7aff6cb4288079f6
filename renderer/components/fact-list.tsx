/** Names and values, one pair a line; pairs without a value are left out. */
import type { ReactNode } from 'react';
import { Group, Stack, Text } from '@mantine/core';
import { printable } from '../format.ts';

export type Fact = readonly [name: string, value: string];

export function FactList({
  facts,
  nameWidth = 110,
}: {
  readonly facts: readonly Fact[];
  readonly nameWidth?: number;
}): ReactNode {
  return (
    <Stack gap={4} component="dl" m={0}>
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <Group key={name} gap="xs" wrap="nowrap" align="baseline">
            <Text component="dt" size="sm" c="dimmed" w={nameWidth} style={{ flexShrink: 0 }}>
              {name}
            </Text>
            <Text component="dd" size="sm" m={0} className="breaks">
              {printable(value, 1000)}
            </Text>
          </Group>
        ))}
    </Stack>
  );
}
