/** Hands the user the packets that were recorded. */
import { endpoints } from '../../../core/api/endpoints.ts';
import type { RecordInfo } from '../../../core/api/record.ts';
import { fetchFile } from '../../api/client.ts';
import { download, fileName } from '../../components/download.ts';

export async function savePackets({ started }: RecordInfo): Promise<void> {
  const file = await fetchFile(endpoints.recordedPackets);
  download(fileName('packets', 'pcap', new Date(started)), file.type, file);
}
