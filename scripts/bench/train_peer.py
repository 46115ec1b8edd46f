"""Trains an adapter with TRL's SFTTrainer and its defaults, on the rows of a folder as the trainer "peft" is given it.

    python train_peer.py FOLDER FOLDER_OF_THE_BASE OUTPUT

Needs finetuning/peft on PYTHONPATH, which makes the tokens. The last line is {"seconds", "tokens", "learned"}: from the
beginning of the first step to the end of the last, without what is loaded and prepared before.
"""

import json
import pathlib
import sys
import time

import datasets
import peft
import torch
import transformers
import trl

import rows

folder, base, output = sys.argv[1:]
training = json.loads((pathlib.Path(folder) / "training.json").read_text())
read = rows.read(pathlib.Path(folder), training, transformers.AutoTokenizer.from_pretrained(base)).train


class Clock(transformers.TrainerCallback):
    def on_train_begin(self, *_, **__):
        self.began = time.perf_counter()

    def on_step_end(self, *_, **__):
        self.ended = time.perf_counter()


clock = Clock()
lora = training["config"]["lora"]
trainer = trl.SFTTrainer(
    model=base,
    # One pass, and the answers alone are learned, as on the other side; and without a GPU, TRL begins where it is told
    # so alone. All else is as TRL has it.
    args=trl.SFTConfig(
        output_dir=output,
        num_train_epochs=1,
        completion_only_loss=True,
        save_strategy="no",
        report_to="none",
        use_cpu=not torch.cuda.is_available(),
    ),
    train_dataset=datasets.Dataset.from_list(
        [{"input_ids": row.tokens, "completion_mask": [0] * row.answer + [1] * row.trained} for row in read]
    ),
    peft_config=peft.LoraConfig(
        task_type="CAUSAL_LM",
        r=lora["r"],
        lora_alpha=lora["alpha"],
        lora_dropout=lora["dropout"],
        target_modules=lora["target_modules"],
    ),
    callbacks=[clock],
)
trainer.train()
print(
    json.dumps(
        {
            "seconds": clock.ended - clock.began,
            "tokens": sum(len(row.tokens) for row in read),
            "learned": sum(row.trained for row in read),
        }
    )
)
