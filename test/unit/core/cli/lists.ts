/** A configuration with lists: one in a file, one whose file is not there, and proxies that stand in it. */
export const LISTS = `rules: ["RULE-SET,ads,REJECT", "MATCH,DIRECT"]
rule-providers:
  ads: {type: file, behavior: domain, format: text, path: ads.txt}
  gone: {type: file, behavior: ipcidr, path: gone.yaml}
proxy-providers:
  ads: {type: inline, payload: [{name: p, type: socks5, server: 192.0.2.1, port: 1080}]}
`;
