class Tabs:
	def width(self, text):
		if "\t" in text:
			return len(text.expandtabs(4))
		return len(text)
