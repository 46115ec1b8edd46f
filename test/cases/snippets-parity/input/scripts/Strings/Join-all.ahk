; "quotes" \ back\slash 	 tab,  del,  one
x := "é 漢字 😀   end"
