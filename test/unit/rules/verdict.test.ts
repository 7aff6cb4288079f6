import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  and,
  NEED_DOMAIN,
  NEED_IP,
  NEED_PROCESS,
  negate,
  NO,
  or,
  YES,
} from '../../../rules/verdict.ts';

test('a conjunction: no wins, then what is needed', () => {
  assert.equal(and(NO, NEED_IP), NO);
  assert.equal(and(NEED_IP, NO), NO);
  assert.equal(and(YES, YES), YES);
  assert.equal(and(YES, NEED_IP), NEED_IP);
  assert.equal(and(NEED_DOMAIN, YES), NEED_DOMAIN);
  assert.equal(and(NEED_DOMAIN, NEED_IP), NEED_DOMAIN | NEED_IP);
});

test('a disjunction: yes wins, then what is needed', () => {
  assert.equal(or(YES, NEED_IP), YES);
  assert.equal(or(NEED_IP, YES), YES);
  assert.equal(or(NO, NO), NO);
  assert.equal(or(NO, NEED_IP), NEED_IP);
  assert.equal(or(NEED_DOMAIN, NEED_IP), NEED_DOMAIN | NEED_IP);
});

test('what is unknown stays unknown when it is turned around', () => {
  assert.equal(negate(NO), YES);
  assert.equal(negate(YES), NO);
  for (const need of [NEED_PROCESS, NEED_DOMAIN, NEED_IP]) assert.equal(negate(need), need);
});
