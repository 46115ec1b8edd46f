/** What a stage of one's own is written with: `import { defineStage, Example, z } from "distil-pipeline/stage"`. */
export { z } from "zod";
export { PipelineError } from "../system/errors.js";
export { reason } from "./reasons.js";
export type { Reason } from "./reasons.js";
export { defineEvidence, Evidence } from "./evidence.js";
export type { AnyEvidenceType, EvidenceCard, EvidenceColumn, EvidenceType } from "./evidence.js";
export { defineKind, Source } from "./kind.js";
export type { AnyRecord, Kind, RecordOf } from "./kind.js";
export { Artifact, contentHash, Conversation, Example, SourceFile } from "./records.js";
export { fileRef, modelRef, promptRef, sourceRef, yamlRef } from "./reference.js";
export { defineService } from "./service.js";
export type { Service, ServiceContext } from "./service.js";
export { defineStage } from "./stage.js";
export type { Context, Input, Stage } from "./stage.js";
export { renderChatQuestion, renderCompletion, renderFollowUp, renderInstruction } from "./prompt.js";
export { definePrompt } from "./prompt-type.js";
export type { PromptType } from "./prompt-type.js";
