/** What is used of parquetjs-lite, which has no types of its own. */
declare module "parquetjs-lite" {
  export interface FieldDefinition {
    readonly type?: "UTF8" | "INT64" | "DOUBLE" | "BOOLEAN" | "LIST";
    readonly optional?: boolean;
    readonly repeated?: boolean;
    readonly compression?: "SNAPPY";
    readonly fields?: Readonly<Record<string, FieldDefinition>>;
  }

  interface ParquetSchema {
    readonly schema: Readonly<Record<string, FieldDefinition>>;
  }

  class ParquetWriter {
    static openFile(schema: ParquetSchema, path: string): Promise<ParquetWriter>;
    setRowGroupSize(rows: number): void;
    appendRow(row: Readonly<Record<string, unknown>>): Promise<void>;
    close(): Promise<void>;
  }

  class ParquetReader {
    static openFile(path: string): Promise<ParquetReader>;
    getCursor(): { next(): Promise<Record<string, unknown> | null> };
    close(): Promise<void>;
  }

  const parquet: {
    readonly ParquetSchema: new (fields: Readonly<Record<string, FieldDefinition>>) => ParquetSchema;
    readonly ParquetWriter: typeof ParquetWriter;
    readonly ParquetReader: typeof ParquetReader;
  };
  export default parquet;
}
