Loop 29 {
    Send "29"
}
