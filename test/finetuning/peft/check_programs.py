"""Tests of the trainer's own programs, on models of a few thousand weights that are made here. Run by peft.test.ts.

python check_programs.py FOLDER_OF_THE_PROGRAMS
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, sys.argv.pop())

import tokenizers
import torch
import transformers

import adapter
import base
import batches
import checkpoints
import contract
import frozen
import lanes
import loop
import packed
import parity
import rows

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
MACHINE = base.Machine("cpu", "fp32", in_4bit=False, optimizer="adamw", threads=1)
TRAINING = {
    "epochs": 2,
    "max_steps": None,
    "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 1,
    "learning_rate": 1e-2,
    "scheduler": "cosine",
    "warmup_ratio": 0.1,
    "weight_decay": 0,
    "max_grad_norm": 1,
    "logging_steps": 1,
    "save_steps": 100,
}
LORA = {"r": 4, "alpha": 8, "dropout": 0.1, "target_modules": ["q_proj", "up_proj"]}
LARGER = {
    "r": 4,
    "alpha": 8,
    "dropout": 0,
    "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
}
CONFIG = {"training": TRAINING, "lora": LORA}
WITHOUT_DROPOUT = {"training": TRAINING, "lora": {**LORA, "dropout": 0}}
TWO_THREADS = dataclasses.replace(MACHINE, threads=2)
ONE_LANE = lanes.Lanes(MACHINE, rows=4, dropout=0)


def make_tokenizer(template=TEMPLATE):
    """One token a byte, and those of the template."""
    model = tokenizers.Tokenizer(
        tokenizers.models.BPE(
            vocab={symbol: id for id, symbol in enumerate(sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()))},
            merges=[],
        )
    )
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    special = ["<|end|>", "<|user|>", "<|assistant|>"]
    model.add_special_tokens([tokenizers.AddedToken(text, special=True) for text in special])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=model, eos_token="<|end|>", chat_template=template)


def make_model(seed=0):
    torch.manual_seed(seed)
    shape = {
        "vocab_size": 300,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    }
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**shape, tie_word_embeddings=True)).float()


def conversation(question, answer):
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def make_rows(count=22):
    tokenizer = make_tokenizer()
    return [
        rows.tokenize({"id": f"row {n}", "messages": conversation("q" * (n % 7 + 1), "abc" * (n % 5 + 1))}, tokenizer)
        for n in range(count)
    ]


class Mask(unittest.TestCase):
    def test_only_the_last_answer_is_learned_up_to_the_token_that_ends_it(self):
        tokenizer = make_tokenizer()
        messages = conversation("one", "two") + conversation("three", "four")
        row = rows.tokenize({"id": "id", "messages": messages}, tokenizer)
        learned = [token for token in loop.label(row) if token != loop.IGNORED]
        self.assertEqual(tokenizer.decode(learned), "four<|end|>")
        self.assertEqual(
            tokenizer.decode(row.tokens),
            "<|user|>one<|end|>\n<|assistant|>two<|end|>\n<|user|>three<|end|>\n<|assistant|>four<|end|>",
        )

    def test_padding_and_prompts_do_not_count(self):
        model, batch = make_model(), make_rows(5)
        together = loop.loss_of(adapter.add(model, LORA, 0).eval(), batch, MACHINE).item()
        apart = sum(whole_model_loss(make_model(), row) for row in batch)
        self.assertAlmostEqual(together, apart, places=3)


def whole_model_loss(model, row):
    """The loss by the model's own forward pass, one row, without padding."""
    tokens = torch.tensor([row.tokens])
    logits = model.eval()(input_ids=tokens).logits[0, :-1]
    losses = torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="none")
    return losses[row.answer - 1 :].sum().item()


class Batches(unittest.TestCase):
    def test_every_row_comes_once_an_epoch_with_little_padding_and_the_same_again(self):
        many = make_rows(70)
        plan = batches.plan(many, TRAINING, seed=3)
        first = [row.id for step in plan[: len(plan) // 2] for batch in step for row in batch]
        self.assertEqual(sorted(first), sorted(row.id for row in many))
        spread = [
            max(len(row.tokens) for row in batch) - min(len(row.tokens) for row in batch)
            for step in plan
            for batch in step
        ]
        self.assertLess(sum(spread) / len(spread), 3)
        self.assertEqual(plan, batches.plan(many, TRAINING, seed=3))
        self.assertNotEqual(plan, batches.plan(many, TRAINING, seed=4))

    def test_a_part_of_an_epoch_and_a_limit_of_steps(self):
        many = make_rows(40)
        self.assertEqual(len(batches.plan(many, {**TRAINING, "epochs": 0.5}, 1)), 5)
        self.assertEqual(len(batches.plan(many, {**TRAINING, "max_steps": 3}, 1)), 3)
        self.assertEqual(len(batches.plan(many, {**TRAINING, "gradient_accumulation_steps": 4}, 1)), 6)


class Loop(unittest.TestCase):
    def test_the_loss_falls_and_the_rate_rises_and_falls(self):
        with tempfile.TemporaryDirectory() as folder:
            train = make_rows()
            model = adapter.add(make_model(), WITHOUT_DROPOUT["lora"], 0)
            before = loop.mean_loss(model, train, 4, MACHINE, ONE_LANE)
            loop.run(
                model,
                batches.plan(train, TRAINING, 1),
                rows.Rows(train, []),
                CONFIG,
                MACHINE,
                1,
                checkpoints.Store(pathlib.Path(folder)),
                Stop(),
            )
            self.assertLess(loop.mean_loss(model, train, 4, MACHINE, ONE_LANE), before)
        rates = [loop.learning_rate(step, 20, TRAINING) for step in range(1, 21)]
        self.assertEqual(max(rates), rates[1])
        self.assertEqual(rates[1], TRAINING["learning_rate"])
        self.assertLess(rates[-1], rates[1] / 50)

    def test_gradients_of_accumulated_batches_and_of_lanes_are_those_of_one(self):
        train = make_rows(8)
        scaler = torch.amp.GradScaler("cpu", enabled=False)
        two_lanes = lanes.Lanes(TWO_THREADS, rows=4, dropout=0)
        self.assertEqual((ONE_LANE.count, two_lanes.count), (1, 2))
        gradients, losses = [], []
        for step, used in (
            ([train], ONE_LANE),
            ([train[:3], train[3:]], ONE_LANE),
            ([train], two_lanes),
            ([train[:7], train[7:]], two_lanes),
        ):
            model = adapter.add(make_model(), WITHOUT_DROPOUT["lora"], 0).train()
            trained = [weights for weights in model.parameters() if weights.requires_grad]
            losses.append(loop.train_step(model, trained, step, MACHINE, scaler, used))
            gradients.append(torch.cat([weights.grad.flatten() for weights in trained]))
        for loss, gradient in zip(losses, gradients):
            self.assertAlmostEqual(loss, losses[0], places=4)
            torch.testing.assert_close(gradient, gradients[0], rtol=1e-4, atol=1e-6)

    def test_lanes_share_a_batch_evenly_and_lose_no_row(self):
        batch = make_rows(9)
        parts = lanes.split(batch, 2)
        self.assertEqual(sorted(row.id for part in parts for row in part), sorted(row.id for row in batch))
        sizes = [sum(len(row.tokens) for row in part) for part in parts]
        self.assertLess(max(sizes) - min(sizes), max(len(row.tokens) for row in batch))
        self.assertEqual(lanes.split(batch[:1], 2), [batch[:1]])

    def test_lanes_are_as_many_as_divide_threads_and_rows_and_one_with_dropout(self):
        counts = [
            lanes.Lanes(dataclasses.replace(MACHINE, threads=threads), rows=4, dropout=dropout).count
            for threads, dropout in ((2, 0), (6, 0), (16, 0), (3, 0), (2, 0.1))
        ]
        torch.set_num_threads(1)
        self.assertEqual(counts, [2, 2, 4, 1, 1])

    def test_a_training_that_was_stopped_ends_with_the_same_weights(self):
        for config, machine in ((CONFIG, MACHINE), (WITHOUT_DROPOUT, TWO_THREADS)):
            with self.subTest(threads=machine.threads):
                self.stop_and_compare(config, machine)

    def test_a_signal_in_the_midst_of_a_step_loses_that_step_alone(self):
        train = make_rows()
        plan = batches.plan(train, TRAINING, 1)

        def run(folder, signalled=None):
            model = adapter.add(make_model(), WITHOUT_DROPOUT["lora"], 0)
            passes = []

            def signal_once(*_):
                passes.append(1)
                if len(passes) == signalled:
                    os.kill(os.getpid(), signal.SIGTERM)

            model.get_base_model().base_model.register_forward_hook(signal_once)
            loop.run(
                model,
                plan,
                rows.Rows(train, []),
                WITHOUT_DROPOUT,
                MACHINE,
                1,
                checkpoints.Store(pathlib.Path(folder)),
                contract.StopRequest(),
            )
            return len(passes), torch.cat(
                [weights.flatten() for weights in model.parameters() if weights.requires_grad]
            )

        with tempfile.TemporaryDirectory() as undisturbed, tempfile.TemporaryDirectory() as stopped:
            _, expected = run(undisturbed)
            with self.assertRaises(SystemExit) as ended:
                run(stopped, signalled=5)
            self.assertEqual(ended.exception.code, 143)
            left, weights = run(stopped)
            self.assertEqual(left, len(plan) - 4)
            self.assertTrue(torch.equal(weights, expected))

    def test_a_checkpoint_is_made_when_the_last_one_is_old_however_few_steps_there_were(self):
        class Old(checkpoints.Store):
            saved = []

            def age(self):
                return loop.SECONDS_BETWEEN_CHECKPOINTS

            def save(self, step, *_):
                self.saved.append(step)

        train = make_rows()
        with tempfile.TemporaryDirectory() as folder:
            store = Old(pathlib.Path(folder))
            model = adapter.add(make_model(), WITHOUT_DROPOUT["lora"], 0)
            loop.run(
                model,
                batches.plan(train, {**TRAINING, "max_steps": 3}, 1),
                rows.Rows(train, []),
                WITHOUT_DROPOUT,
                MACHINE,
                1,
                store,
                Stop(),
            )
        self.assertEqual(store.saved, [1, 2, 3])

    def stop_and_compare(self, config, machine):
        train = make_rows()
        plan = batches.plan(train, TRAINING, 1)

        def run(folder, stop):
            model = adapter.add(make_model(), config["lora"], 0)
            loop.run(
                model, plan, rows.Rows(train, []), config, machine, 1, checkpoints.Store(pathlib.Path(folder)), stop
            )
            return torch.cat([weights.flatten() for weights in model.parameters() if weights.requires_grad])

        with tempfile.TemporaryDirectory() as undisturbed, tempfile.TemporaryDirectory() as stopped:
            expected = run(undisturbed, Stop())
            with self.assertRaises(SystemExit) as ended:
                run(stopped, Stop(after=4))
            self.assertEqual(ended.exception.code, 143)
            self.assertTrue(torch.equal(run(stopped, Stop()), expected))


class Stop:
    """Asks for the end after so many looks."""

    def __init__(self, after=None):
        self._looks, self._after = 0, after

    def at_once(self):
        return contextlib.nullcontext()

    @property
    def asked(self):
        self._looks += 1
        return self._after is not None and self._looks >= self._after


def make_adapted():
    """A model with an adapter that changes what it answers: a new one adds nothing."""
    model = adapter.add(make_model(), LARGER, 0)
    torch.manual_seed(1)
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.05)
    return model


class Packed(unittest.TestCase):
    """Rows one after another, without padding."""

    def test_loss_and_gradients_are_those_of_padded_rows(self):
        made = []
        for in_packs in (False, True):
            model = make_adapted()
            if in_packs:
                packed.use(model)
            self.assertEqual(packed.is_used(model.get_base_model()), in_packs)
            trained = [weights for weights in model.train().parameters() if weights.requires_grad]
            loss = loop.train_step(
                model, trained, [make_rows(5)], MACHINE, torch.amp.GradScaler("cpu", enabled=False), ONE_LANE
            )
            made.append((loss, torch.cat([weights.grad.flatten() for weights in trained])))
        (loss, gradient), (same_loss, same_gradient) = made
        self.assertAlmostEqual(loss, same_loss, places=4)
        torch.testing.assert_close(gradient, same_gradient, rtol=1e-3, atol=1e-5)

    def test_a_model_whose_attention_has_windows_keeps_its_own(self):
        shape = {
            "vocab_size": 300,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
        }
        windows = transformers.Qwen2Config(**shape, use_sliding_window=True, sliding_window=8, max_window_layers=1)
        for config, expected in ((windows, False), (transformers.Qwen2Config(**shape), True)):
            model = adapter.add(transformers.Qwen2ForCausalLM(config), LARGER, 0)
            packed.use(model)
            self.assertEqual(packed.is_used(model.get_base_model()), expected)


class Frozen(unittest.TestCase):
    """Products with frozen weights in 8 bits."""

    def gradients(self, in_int8, used=ONE_LANE, threads=MACHINE):
        model = make_adapted()
        if in_int8:
            frozen.use(model)
        trained = [weights for weights in model.train().parameters() if weights.requires_grad]
        loss = loop.train_step(
            model, trained, [make_rows(8)], threads, torch.amp.GradScaler("cpu", enabled=False), used
        )
        return model, loss, torch.cat([weights.grad.flatten() for weights in trained])

    def test_loss_and_gradients_are_those_of_fp32_but_for_the_rounding(self):
        (_, exact_loss, exact), (_, loss, rounded) = self.gradients(False), self.gradients(True)
        self.assertNotEqual(loss, exact_loss)
        self.assertAlmostEqual(loss, exact_loss, delta=0.01 * exact_loss)
        self.assertGreater(torch.nn.functional.cosine_similarity(exact, rounded, dim=0).item(), 0.99)
        self.assertAlmostEqual((rounded.norm() / exact.norm()).item(), 1, delta=0.05)

    def test_lanes_do_not_take_each_others_inputs(self):
        _, loss, one = self.gradients(True)
        _, same_loss, two = self.gradients(True, lanes.Lanes(TWO_THREADS, rows=4, dropout=0), TWO_THREADS)
        self.assertAlmostEqual(loss, same_loss, places=4)
        torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-5)

    def test_what_is_not_training_sees_the_weights_as_they_are(self):
        (exact, *_), (rounded, *_) = self.gradients(False), self.gradients(True)
        val = make_rows(5)
        self.assertEqual(
            loop.mean_loss(exact, val, 4, MACHINE, ONE_LANE), loop.mean_loss(rounded, val, 4, MACHINE, ONE_LANE)
        )

    def test_rows_of_zeros_and_of_large_numbers(self):
        numbers = torch.tensor([[0.0, 0.0], [1e30, -1e30], [1e-3, 127e-3]])
        whole, scale = frozen.round_rows(numbers)
        self.assertEqual(whole.tolist(), [[0, 0], [127, -127], [1, 127]])
        torch.testing.assert_close(whole * scale, numbers)


class Parity(unittest.TestCase):
    def file(self, folder, template):
        row = rows.tokenize({"id": "row 1", "messages": conversation("two", "three")}, make_tokenizer(template))
        path = pathlib.Path(folder) / "tokens.jsonl"
        path.write_text(
            json.dumps({"id": "row 1", "prompt": row.tokens[: row.answer], "answer": row.tokens[row.answer :]})
        )
        return path

    def test_equal_tokens_pass_and_a_template_of_one_other_character_does_not(self):
        tokenizer = make_tokenizer()
        own = rows.Rows([rows.tokenize({"id": "row 1", "messages": conversation("two", "three")}, tokenizer)], [])
        with tempfile.TemporaryDirectory() as folder:
            parity.require(self.file(folder, TEMPLATE), own, tokenizer)
            with self.assertRaises(SystemExit):
                parity.require(self.file(folder, TEMPLATE.replace("\n", " ")), own, tokenizer)


class Texts(unittest.TestCase):
    """A row whose text the toolkit wrote: pieces of the format and of messages."""

    def tokens(self, *pieces):
        tokenizer = make_tokenizer()
        return tokenizer, rows.tokens_of([{"from": who, "text": text} for who, text in pieces], tokenizer)

    def test_marks_of_the_format_are_tokens_and_the_same_in_a_message_is_text(self):
        tokenizer, tokens = self.tokens(
            ("format", "<|user|>"), ("message", "a <|end|> b <|user|>"), ("format", "<|end|>\n<|assistant|>")
        )
        end, user = (tokenizer.convert_tokens_to_ids(mark) for mark in ("<|end|>", "<|user|>"))
        self.assertEqual((tokens.count(end), tokens.count(user)), (1, 1))
        self.assertEqual(tokenizer.decode(tokens), "<|user|>a <|end|> b <|user|><|end|>\n<|assistant|>")
        # A token a byte, but for the three marks of the format.
        self.assertEqual(len(tokens), 3 + len("a <|end|> b <|user|>") + 1)

    def test_a_text_without_any_has_the_tokens_that_it_has_as_one(self):
        tokenizer, tokens = self.tokens(("format", "<|user|>"), ("message", "plain <text>"), ("format", "<|end|>"))
        self.assertEqual(tokens, tokenizer.encode("<|user|>plain <text><|end|>", add_special_tokens=False))

    def test_a_row_is_trained_on_as_its_text_is_written_whatever_the_template(self):
        text = {
            "prompt": [{"from": "format", "text": "<|user|>"}, {"from": "message", "text": "q"}],
            "answer": [{"from": "message", "text": "a"}, {"from": "format", "text": "<|end|>"}],
        }
        tokenizer = make_tokenizer()
        row = rows.tokenize({"id": "id", "messages": conversation("other", "words"), **text}, tokenizer)
        self.assertEqual(tokenizer.decode(row.tokens), "<|user|>qa<|end|>")
        self.assertEqual(tokenizer.decode(row.tokens[row.answer :]), "a<|end|>")

    def test_a_template_of_the_tokenizer_that_writes_the_date_is_refused(self):
        with self.assertRaises(SystemExit):
            rows.tokenize(
                {"id": "id", "messages": conversation("q", "a")},
                make_tokenizer("{{ strftime_now('%d %B %Y') }}" + TEMPLATE),
            )

    def test_a_template_of_the_tokenizer_is_given_no_control_token_in_a_message(self):
        with tempfile.TemporaryDirectory() as folder:
            lines = [
                {"id": "good", "messages": conversation("q", "a")},
                {"id": "bad", "messages": conversation("q <|end|>", "a")},
            ]
            (pathlib.Path(folder) / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
            read = rows.read(
                pathlib.Path(folder),
                {"train": "train.jsonl", "val": None, "config": {"max_seq_length": 100}},
                make_tokenizer(),
            )
            self.assertEqual([row.id for row in read.train], ["good"])
            self.assertIn("<|end|>", json.loads((pathlib.Path(folder) / "left-out.jsonl").read_text())["reason"])


class Refusals(unittest.TestCase):
    def test_a_layer_that_the_model_does_not_have(self):
        with self.assertRaises(SystemExit):
            adapter.add(make_model(), {**LORA, "target_modules": ["q_proj", "c_attn"]}, 0)

    def test_what_this_machine_cannot_do(self):
        asked = {"load_in_4bit": True, "lora": LORA, "training": {"optimizer": "auto", "precision": "auto"}}
        if not torch.cuda.is_available():
            with self.assertRaises(SystemExit):
                base.choose_machine(asked)


if __name__ == "__main__":
    unittest.main()
