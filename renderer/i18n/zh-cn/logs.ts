import type { logs as english } from '../en/logs.ts';

export const logs: Readonly<Record<keyof typeof english, string>> = {
  'logs.time': '时间',
  'logs.level': '级别',
  'logs.level.debug': '调试',
  'logs.level.info': '信息',
  'logs.level.warning': '警告',
  'logs.level.error': '错误',
  'logs.level.silent': '静默',
  'logs.code': '代码',
  'logs.number': '序号',
  'logs.before': '之前省略',
  'logs.onlyCode': '只显示此代码',
  'logs.asText': '文本',
  'logs.asJson': 'JSON 行，包含全部字段',
  'logs.message': '内容',
  'logs.suppressed': '（之前还有 {count} 条同类记录）',
  'logs.empty': '还没有日志。',
};
