; formfeedverticalnext para
Gui()
