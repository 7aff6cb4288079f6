/** The logs page, in English. */
export const logs = {
  'logs.time': 'Time',
  'logs.level': 'Level',
  'logs.level.debug': 'debug',
  'logs.level.info': 'info',
  'logs.level.warning': 'warning',
  'logs.level.error': 'error',
  'logs.level.silent': 'silent',
  'logs.code': 'Code',
  'logs.number': 'Number',
  'logs.before': 'Left out before',
  'logs.onlyCode': 'Show only this code',
  'logs.asText': 'As text',
  'logs.asJson': 'As JSON lines, with every field',
  'logs.message': 'Message',
  'logs.suppressed': '(and {count} more like it before)',
  'logs.empty': 'Nothing has been logged.',
} as const;
