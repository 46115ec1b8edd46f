RATES = {"low": 5, "high": 20}
