/** A profile as Proxifier for Windows saves it, by the documentation of its format. */
export const PROFILE = String.raw`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<ProxifierProfile version="101" platform="Windows" product_id="0" product_minver="310">
  <Options>
    <Resolve>
      <AutoModeDetection enabled="true" />
      <ViaProxy enabled="false">
        <TryLocalDnsFirst enabled="false" />
      </ViaProxy>
      <ExclusionList>%ComputerName%; localhost; *.local</ExclusionList>
      <DnsUdpMode>0</DnsUdpMode>
    </Resolve>
    <Encryption mode="basic" />
    <HttpProxiesSupport enabled="false" />
    <HandleDirectConnections enabled="false" />
    <ConnectionLoopDetection enabled="true" />
    <ProcessServices enabled="false" />
    <ProcessOtherUsers enabled="false" />
  </Options>
  <ProxyList>
    <Proxy id="100" type="SOCKS5">
      <Address>127.0.0.1</Address>
      <Port>1080</Port>
      <Options>48</Options>
      <Authentication enabled="true">
        <Username>user</Username>
        <Password>AAACgvEFQtRZxdwLq7mFYA==</Password>
      </Authentication>
    </Proxy>
    <Proxy id="101" type="HTTPS">
      <Address>proxy.example.com</Address>
      <Port>3128</Port>
      <Options>50</Options>
      <Label>Office &amp; Co</Label>
    </Proxy>
    <Proxy id="102" type="SOCKS4">
      <Address>old.example.com</Address>
      <Port>1080</Port>
      <Options>128</Options>
    </Proxy>
    <Proxy id="103" type="SHADOWSOCKS">
      <Address>ss.example.com</Address>
      <Port>8388</Port>
    </Proxy>
  </ProxyList>
  <ChainList>
    <Chain id="200" type="simple">
      <Name>Two hops</Name>
      <Proxy enabled="true">100</Proxy>
      <Proxy enabled="false">102</Proxy>
      <Proxy enabled="true">101</Proxy>
    </Chain>
    <Chain id="201" type="redundancy">
      <Name>Spare</Name>
      <RedundancyTimeout>30</RedundancyTimeout>
      <RedundancyTryDirect enabled="false" />
      <Proxy enabled="true">100</Proxy>
      <Proxy enabled="true">102</Proxy>
    </Chain>
    <Chain id="202" type="load_balancing">
      <Name>Lost</Name>
      <Proxy enabled="true">103</Proxy>
      <Proxy enabled="true">102</Proxy>
    </Chain>
  </ChainList>
  <RuleList>
    <Rule enabled="true">
      <Name>Localhost</Name>
      <Targets>localhost; 127.0.0.1; %ComputerName%; ::1</Targets>
      <Action type="Direct" />
    </Rule>
    <Rule enabled="true">
      <Name>Mail</Name>
      <Applications>thunderbird.exe; "C:\Program Files\out look.exe"; fire*.exe</Applications>
      <Targets>*.example.com; 10.0.0.0/8; 192.168.1.5-192.168.1.8; 172.16.*.*</Targets>
      <Ports>25; 143; 8000-9000</Ports>
      <Action type="Chain">200</Action>
    </Rule>
    <Rule enabled="false">
      <Name>No telnet</Name>
      <Ports>23</Ports>
      <Action type="Block" />
    </Rule>
    <Rule enabled="true">
      <Name>Gone</Name>
      <Targets>gone.example.com</Targets>
      <Action type="Proxy">103</Action>
    </Rule>
    <Rule enabled="true">
      <Name>Only this machine</Name>
      <Targets>%ComputerName%</Targets>
      <Action type="Block" />
    </Rule>
    <Rule enabled="true">
      <Name>Default</Name>
      <Action type="Chain">201</Action>
    </Rule>
  </RuleList>
</ProxifierProfile>
`;
