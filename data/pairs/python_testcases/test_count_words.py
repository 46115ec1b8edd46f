from correct_python_programs.count_words import count_words


def test_counts_words_of_any_case():
    assert count_words("The cat, the dog and THE bird.") == {"the": 3, "cat": 1, "dog": 1, "and": 1, "bird": 1}


def test_punctuation_alone_is_no_word():
    assert count_words("- yes! ...") == {"-": 1, "yes": 1}


def test_every_text_is_counted_by_itself():
    assert count_words("a a") == {"a": 2}
    assert count_words("a b") == {"a": 1, "b": 1}
    assert count_words("") == {}
