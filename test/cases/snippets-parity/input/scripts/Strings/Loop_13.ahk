Loop 13 {
    Send "13"
}
