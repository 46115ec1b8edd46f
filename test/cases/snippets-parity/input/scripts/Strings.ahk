; a file named as a folder
